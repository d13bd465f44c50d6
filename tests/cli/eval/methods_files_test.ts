import assert from "node:assert/strict";
import { readSettings } from "../../../cli/experiment/settings_file.ts";
import { loadMethod } from "../../../cli/eval/eval_method.ts";
import { chooseMethods } from "../../../cli/eval/methods.ts";
import type { EvalCase } from "../../../eval/eval_case.ts";

const folder = new URL("../../../eval/", import.meta.url);
const files = [
  ...[...Deno.readDirSync(new URL("ablations/", folder))]
    .map(({ name }) => `ablations/${name}`),
  "adaptive.yaml",
  "baselines.yaml",
  "early.yaml",
  "held_out.yaml",
  "open_problem.yaml",
].sort();
const asked: EvalCase = {
  id: "one",
  task: "one",
  length: 2048,
  seed: 0,
  document: "The key is under the mat.",
  question: "Where is the key?",
  expected: ["under the mat"],
  metric: "contains-any",
  maxTokens: 8,
};

Deno.test("eval: files whose rows are kept name every method's graph, for the default may change", async () => {
  for (const file of [...files, "../bench/needles/methods.yaml"]) {
    for (
      const { label, graph } of await readSettings(
        new URL(file, folder).pathname,
      )
    ) {
      assert.notEqual(graph, undefined, `${label} in ${file}`);
    }
  }
});

for (const file of files) {
  Deno.test(`eval: every method of ${file} loads, with a case too, and no two are the same`, async () => {
    const path = new URL(file, folder).pathname;
    const methods = await Promise.all(
      (await chooseMethods([], [path])).map((choice) =>
        loadMethod(choice, { share: true })
      ),
    );
    assert(methods.length > 1);
    const hashes = new Map<string, string>();
    for (const method of methods) {
      assert.deepEqual(method.notes, [], method.label);
      await method.forCase(asked, false);
      const other = hashes.get(method.effectiveHash);
      assert.equal(other, undefined, `${method.label} is ${other}`);
      hashes.set(method.effectiveHash, method.label);
    }
  });
}
