import assert from "node:assert/strict";
import { allocateCache } from "../../../kernels/cache/chunk_cache.ts";
import { Arena } from "../../../kernels/cache/arena.ts";
import {
  maxDiff,
  randomIds,
  randomModel,
  smallConfig,
} from "../random_model.ts";

Deno.test("row 34: the fused attention of a chunk equals plain softmax attention", async () => {
  await using model = await randomModel();
  const ids = randomIds(48, 11);
  const [fused] = await model.prefill([{ ids }]);
  // The `decode` graph over an empty cache is plain attention: two products and a softmax.
  const empty = allocateCache(new Arena(), smallConfig, {
    ids: new Int32Array(0),
  });
  const [plain] = await model.requery([{ cache: empty, position: 0 }], ids);
  for (const [l, layer] of fused!.cache.layers.entries()) {
    assert(maxDiff(layer.keys, plain!.keys[l]!) < 1e-4, `layer ${l}`);
  }
});

async function peakOf(tokens: number): Promise<number> {
  const script = new URL("memory_probe.ts", import.meta.url).pathname;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script, String(tokens)],
    stderr: "inherit",
  }).output();
  assert(success);
  return JSON.parse(new TextDecoder().decode(stdout)).peak;
}

Deno.test({
  name: "row 34: prefill allocates no tokens × tokens matrix",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const short = await peakOf(1024);
    const long = await peakOf(6144);
    const matrix = 8 * 6144 * 6144 * 4; // [heads, tokens, tokens]
    assert(
      long - short < matrix / 4,
      `peak grew by ${long - short} bytes; one attention matrix is ${matrix}`,
    );
  },
});
