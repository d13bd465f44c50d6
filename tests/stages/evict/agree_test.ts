import assert from "node:assert/strict";
import {
  defineEvictor,
  defineMergedEvictor,
  evictorOf,
} from "../../../stages/mod.ts";
import { askedChunks, fakeCase } from "../fake_case.ts";
import { copies, evict, evictMerged, positionsOf } from "./evict_case.ts";

/** All heads look at the first entries; one head of the first layer at entry 45, and twice as much. */
const lone = defineEvictor({
  name: "my.lone",
  score: ({ positions, entries, layer }, out) =>
    out.set(positions.map((at, i) => {
      if (at !== 45) return at < 20 ? 1 : 0;
      return layer === 0 && i < entries ? 2 : 0;
    })),
});
const merged = defineMergedEvictor(evictorOf(lone)!);

Deno.test("with agree: max heads that share keep what any of them looks at, by default what they do together", async () => {
  const test = await fakeCase();
  const [chunk] = await askedChunks(test);
  assert(chunk!.entriesBefore > 45);
  const first = Array.from({ length: 10 }, (_, i) => i);
  const keep = { entries: 10 };
  for (const share of ["layer", "model"] as const) {
    const kept = async (options: object) => {
      const all = { keep, share, ...options };
      const [one] = await evict(lone, test, copies([chunk!]), all);
      const context = await evictMerged(merged, test, copies([chunk!]), all);
      const positions = positionsOf(one!.cache);
      assert.deepEqual(positionsOf(context.cache), positions);
      return positions;
    };
    const mean = await kept({});
    assert.deepEqual(mean.flat(), mean.flat().map(() => first));
    assert.deepEqual(await kept({ agree: "mean" }), mean);
    const looked = [...first.slice(0, 9), 45];
    for (const [l, heads] of (await kept({ agree: "max" })).entries()) {
      const wanted = share === "model" || l === 0 ? looked : first;
      assert.deepEqual(heads, heads.map(() => wanted), `${share}, ${l}`);
    }
  }
});
