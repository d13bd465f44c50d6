import assert from "node:assert/strict";
import { paperRuns } from "../../../bench/paper/runs.ts";

const heldOut = /^held_out|^baselines$|^open_problem$/;

Deno.test("paperRuns has every file of eval/ablations, and no held-out seed in other runs", () => {
  const folder = new URL("../../../eval/ablations/", import.meta.url);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assert(files.length > 0);
  for (const file of files) {
    const run = paperRuns[file.replace(/\.yaml$/, "")];
    assert(run, file);
    assert(run.evals[0]!.includes(`eval/ablations/${file}`), file);
    const methods = Deno.readTextFileSync(new URL(file, folder));
    assert(methods.includes(run.against), `${file}: ${run.against}`);
  }
  for (const [name, { evals }] of Object.entries(paperRuns)) {
    for (const args of evals) {
      assert.equal(
        args.includes("--held-out"),
        heldOut.test(name),
        name,
      );
      const seeds = args[args.indexOf("--seeds") + 1]!;
      assert(seeds.split(/[-,]/).every((seed) => Number(seed) < 10_000));
    }
  }
});

Deno.test("paperRuns runs what takes hours or downloads only where it is named", () => {
  const byName = Object.keys(paperRuns)
    .filter((name) => paperRuns[name]!.onlyNamed);
  assert.deepEqual(byName, [
    ...["held_out", "held_out_smollm2", "baselines", "open_problem"],
    "perplexity_smollm2",
  ]);
  for (const [name, { model, onlyNamed }] of Object.entries(paperRuns)) {
    assert(!model || onlyNamed?.includes("download"), name);
  }
});
