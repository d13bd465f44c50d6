import assert from "node:assert/strict";
import { whyNotCuda } from "../../../kernels/provider/why_not_cuda.ts";

Deno.test("whyNotCuda() takes the heads of published models and says what it cannot take", () => {
  for (const headDim of [64, 80, 96, 128, 256]) {
    assert.equal(whyNotCuda({ headDim, ropeDim: headDim }), undefined);
  }
  assert.match(
    whyNotCuda({ headDim: 24, ropeDim: 24 })!,
    /multiple of 16.* 24/,
  );
  assert.match(whyNotCuda({ headDim: 64, ropeDim: 24 })!, /turns.* 24/);
});
