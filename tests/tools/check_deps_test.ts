import assert from "node:assert/strict";
import { checkDeps } from "../../tools/check_deps.ts";
import { withTree } from "./planted_tree.ts";

/** Violations of a tree, as `file:line`. */
async function violations(
  files: Readonly<Record<string, string>>,
): Promise<string[]> {
  return await withTree(files, async (root) => {
    const found = await checkDeps(root);
    return found.map(({ file, line }) => `${file}:${line}`);
  });
}

Deno.test("checkDeps() lets allowed imports pass", async () => {
  const found = await violations({
    "core/run.ts": 'import { a } from "./budget.ts";\nimport "rxjs";\n',
    "kernels/rope.ts": 'import { Budget } from "../core/budget.ts";\n',
    "kernels/kernel.ts": 'import type { Tensor } from "onnxruntime-node";\n',
    "kernels/engine/npm_engine.ts":
      'import * as ort from "onnxruntime-node";\n',
    "stages/prefill.ts": 'import { g } from "../io/gguf.ts";\n',
    "cli/main.ts": 'import * as lib from "parallelcomp";\n',
    "examples/a/main.ts":
      'import { b } from "./rule.ts";\nimport "parallelcomp";\n',
    "tests/core/run_test.ts": 'import "../../tools/check_deps.ts";\n',
    "graphs/a.yaml": "version: 1\n",
  });
  assert.deepEqual(found, []);
});

Deno.test("checkDeps() finds imports against the arrow, with their lines", async () => {
  const found = await violations({
    "core/run.ts": '\nimport {\n  a,\n} from "../stages/merge.ts";\n',
    "core/plan.ts": 'export type { X } from "../io/gguf.ts";\n',
    "io/gguf.ts": 'import { Budget } from "../core/budget.ts";\n',
    "kernels/rope.ts":
      'import { z } from "zod";\nimport { run } from "../core/run.ts";\n',
    "stages/merge.ts": 'const m = await import("../mod.ts");\n',
    "cli/main.ts": 'import { x } from "../core/run.ts";\n',
    "mod.ts": 'export * from "./cli/main.ts";\n',
    "examples/a/main.ts": 'import { x } from "../../mod.ts";\n',
  });
  assert.deepEqual(found.sort(), [
    "cli/main.ts:1",
    "core/plan.ts:1",
    "core/run.ts:2",
    "examples/a/main.ts:1",
    "io/gguf.ts:1",
    "kernels/rope.ts:2",
    "mod.ts:1",
    "mod.ts:1", // it closes a circle as well
    "stages/merge.ts:1",
  ]);
});

Deno.test("checkDeps() keeps tests, benchmarks and tools out of the product", async () => {
  const found = await violations({
    "stages/a.ts": 'import "../tests/fixture.ts";\n',
    "cli/b.ts": 'import "../tools/check_deps.ts";\n',
    "io/c.ts": 'new Worker(new URL("../bench/w.ts", import.meta.url));\n',
  });
  assert.deepEqual(found.sort(), ["cli/b.ts:1", "io/c.ts:1", "stages/a.ts:1"]);
});

Deno.test("checkDeps() allows onnxruntime-node in the worker alone", async () => {
  const found = await violations({
    "kernels/session.ts": 'import * as ort from "onnxruntime-node";\n',
    "kernels/types_only.ts":
      'import { type Tensor } from "onnxruntime-node";\n',
    "stages/a.ts": 'import type { Tensor } from "onnxruntime-node";\n',
  });
  assert.deepEqual(found.sort(), ["kernels/session.ts:1", "stages/a.ts:1"]);
});

Deno.test("checkDeps() keeps the order of the folders of kernels, types apart", async () => {
  const found = await violations({
    "kernels/rope/rope.ts":
      'import { a } from "../onnx/builder.ts";\nimport type { R } from "../model/runtime.ts";\n',
    "kernels/onnx/cast.ts": 'import { r } from "../rope/rope.ts";\n',
    "kernels/rope/turn.ts": 'export { load } from "../load_model.ts";\n',
    "kernels/load_model.ts": 'import { m } from "./model/onnx_model.ts";\n',
    "kernels/odd/a.ts": 'import { r } from "../rope/rope.ts";\n',
  });
  assert.deepEqual(found.sort(), [
    "kernels/odd/a.ts:1",
    "kernels/onnx/cast.ts:1",
    "kernels/rope/turn.ts:1",
  ]);
});

Deno.test("checkDeps() wants packages named in the import map", async () => {
  const found = await violations({ "io/a.ts": 'import "npm:yaml@2";\n' });
  assert.deepEqual(found, ["io/a.ts:1"]);
});

Deno.test("checkDeps() finds vague names and strangers in graphs/", async () => {
  const found = await violations({
    "core/utils.ts": "",
    "io/helpers/a.ts": "",
    "graphs/stage.ts": "",
    "stages/library.ts": "",
  });
  assert.deepEqual(found.sort(), [
    "core/utils.ts:1",
    "graphs/stage.ts:1",
    "io/helpers/a.ts:1",
  ]);
});

Deno.test("checkDeps() reads code, not the examples in its comments", async () => {
  const found = await violations({
    "core/a.ts": [
      "/**",
      ' * import { x } from "../stages/a.ts";',
      ' * await import("../stages/a.ts")',
      " */",
      'export const text = "../stages/a.ts";',
      "",
    ].join("\n"),
  });
  assert.deepEqual(found, []);
});

Deno.test("checkDeps() finds files that import each other in a circle, types too", async () => {
  const found = await withTree({
    "core/a.ts": 'import { b } from "./b.ts";\nimport { d } from "./d.ts";\n',
    "core/b.ts": '\nimport { c } from "./c.ts";\n',
    "core/c.ts": 'import type { A } from "./a.ts";\n',
    "core/d.ts": 'import { c } from "./c.ts";\n', // a diamond is none by itself
  }, checkDeps);
  assert.deepEqual(found, [{
    file: "core/c.ts",
    line: 1,
    message:
      "closes a circle: core/a.ts -> core/b.ts -> core/c.ts -> core/a.ts; give one of them up",
  }]);
});
