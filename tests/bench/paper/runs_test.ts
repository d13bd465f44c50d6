import assert from "node:assert/strict";
import { paperRuns } from "../../../bench/paper/runs.ts";

Deno.test("paperRuns has every file of eval/ablations, and no held-out seed", () => {
  const folder = new URL("../../../eval/ablations/", import.meta.url);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assert(files.length > 0);
  for (const file of files) {
    const run = paperRuns[file.replace(/\.yaml$/, "")];
    assert(run, file);
    assert(run.args.includes(`eval/ablations/${file}`), file);
    const methods = Deno.readTextFileSync(new URL(file, folder));
    assert(methods.includes(run.against), `${file}: ${run.against}`);
  }
  for (const { args } of Object.values(paperRuns)) {
    assert(!args.includes("--held-out"));
    const seeds = args[args.indexOf("--seeds") + 1]!;
    assert(seeds.split(/[-,]/).every((seed) => Number(seed) < 10_000));
  }
});
