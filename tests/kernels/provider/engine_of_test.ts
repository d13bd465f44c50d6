import assert from "node:assert/strict";
import { engineOf } from "../../../kernels/provider/engine_of.ts";

Deno.test("engineOf() takes the C interface for CUDA and, on Linux, for processors", () => {
  assert.equal(engineOf("cuda", "windows"), "c");
  assert.equal(engineOf("cpu", "linux"), "c");
  assert.equal(engineOf("cpu", "darwin"), "npm");
  assert.equal(engineOf("webgpu", "linux"), "npm");
});
