import assert from "node:assert/strict";
import { engineOf } from "../../kernels/engine_of.ts";

/** A source of one tensor. */
function source(values: number, bytesEach: number) {
  return {
    names: ["layers.0.query.weight"],
    shape: () => [values / 1024, 1024],
    bytes: () => values * bytesEach,
  };
}

Deno.test("engineOf() takes the C interface for CUDA and for what one message cannot hold", () => {
  const billion = 1024 ** 3;
  assert.equal(engineOf(source(1024, 2), "cuda"), "c");
  assert.equal(engineOf(source(4 * billion, 2), "webgpu"), "npm");
  assert.equal(engineOf(source(billion / 4, 2), "cpu"), "npm");
  assert.equal(engineOf(source(billion, 2), "cpu"), "c"); // 16 bits in the file, fp32 in a session
  assert.equal(engineOf(source(billion, 0.5625), "cpu"), "npm"); // Q4_0
  assert.equal(engineOf(source(8 * billion, 0.5625), "cpu"), "c");
});
