import assert from "node:assert/strict";
import { isQueryAware } from "../../cli/eval/query_aware.ts";
import { builtins, loadGraph } from "../../mod.ts";

const folder = new URL("../../graphs/", import.meta.url);
const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
  .filter((name) => name.endsWith(".yaml")).sort();

/** What stands in `eval --methods` beside parallelcomp.yaml and the paper's rule. */
const methods = await Deno.readTextFile(
  new URL("../../eval/baselines.yaml", import.meta.url),
);

for (const name of names) {
  Deno.test(`${name} says whether it sees the question, as its nodes have it`, async () => {
    const text = await Deno.readTextFile(new URL(name, folder));
    const [, said] = /^# Sees the question: (yes|no)\b/m.exec(text) ?? [];
    const plan = await loadGraph(new URL(name, folder), {
      registry: builtins(),
    });
    assert.equal(said, isQueryAware(plan) ? "yes" : "no");
  });

  Deno.test(`${name} says what it is, where from and how it differs, and is compared by eval`, async () => {
    const text = await Deno.readTextFile(new URL(name, folder));
    if (!/^# (Baseline|Control|Bound): /m.test(text)) return;
    for (const part of ["Source", "Sees the question", "Parameters"]) {
      assert(text.includes(`\n# ${part}: `), part);
    }
    if (text.includes("# Baseline: ")) assert.match(text, /\n# Differs: /);
    const graph = name.replace(".yaml", "");
    assert(methods.includes(`graph: ${graph} }`), "not in eval/baselines.yaml");
  });
}
