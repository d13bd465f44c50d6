import assert from "node:assert/strict";
import { Arena } from "../../kernels/cache/arena.ts";
import { int8Cache } from "../../kernels/cache/int8_cache.ts";
import type { KvCache } from "../../kernels/cache/kv_cache.ts";
import { loadModel } from "../../kernels/load_model.ts";
import { argmax } from "../../stages/sampler.ts";
import { golden } from "../golden.ts";

const root = new URL("../../", import.meta.url).pathname;

Deno.test("row 56: with the bundled model and 800 entries in 8 bits, at least 98 of 100 next tokens stay the same", async () => {
  await using model = await loadModel(`${root}models/tiny/tiny-q8_0.gguf`);
  const ids = Int32Array.from((await golden("tiny/logits")).int32("ids").data);
  const [prefilled] = await model.prefill([{ ids: ids.slice(0, 800) }]);
  const cache = prefilled!.cache;
  const small = int8Cache(new Arena(), cache);
  assert(small.bytes < 0.28 * cache.bytes);
  const next = async (over: KvCache) => {
    await using state = await model.decode(over, 800);
    const found: number[] = [];
    for (const id of ids.slice(800, 900)) {
      found.push(argmax(await state.step(Int32Array.of(id))));
    }
    return found;
  };
  const [exact, rounded] = [await next(cache), await next(small)];
  const same = exact.filter((id, i) => id === rounded[i]).length;
  assert(new Set(exact).size > 10);
  assert(same >= 98, `${same} of 100 next tokens are the same`);
});
