import assert from "node:assert/strict";
import type { KvCache, KvLayer } from "../../../kernels/cache/kv_cache.ts";
import type { TailLimit } from "../../../kernels/language_model.ts";
import {
  maxDiff,
  randomIds,
  randomModel,
  smallConfig,
} from "../random_model.ts";
import { slidingConfig } from "../sliding_config.ts";

const { layers, heads, kvHeads, headDim } = smallConfig;
type Model = Awaited<ReturnType<typeof randomModel>>;

async function prefilled(model: Model, count: number): Promise<KvCache> {
  const [found] = await model.prefill([{ ids: randomIds(count, count) }]);
  return found!.cache;
}

/** Keys, values and positions of one layer's tail, row by row. */
type Rows = { key: Float32Array; value: Float32Array; at: number }[][]; // [kvHeads][tail]

/** The cache with rows behind it. */
function withRows(cache: KvCache, tail: readonly Rows[]): KvCache {
  return {
    ...cache,
    layers: cache.layers.map((layer, l): KvLayer => {
      const entries = layer.entries + tail[l]![0]!.length;
      const join = (name: "keys" | "values", part: "key" | "value") => {
        const all = new Float32Array(kvHeads * entries * headDim); // [kvHeads, entries, headDim]
        for (let h = 0; h < kvHeads; h++) {
          const size = layer.entries * headDim;
          const at = h * entries * headDim;
          all.set(layer[name].subarray(h * size, (h + 1) * size), at);
          for (const [i, row] of tail[l]![h]!.entries()) {
            all.set(row[part], at + size + i * headDim);
          }
        }
        return all;
      };
      return {
        entries,
        keys: join("keys", "key"),
        values: join("values", "value"),
        positions: Int32Array.from(
          { length: kvHeads * entries },
          (_, i) => {
            const [h, e] = [Math.floor(i / entries), i % entries];
            const behind = e - layer.entries;
            return behind < 0
              ? layer.positions[h * layer.entries + e]!
              : tail[l]![h]![behind]!.at;
          },
        ), // [kvHeads, entries]
      };
    }),
  };
}

/** Decoding by hand: every step opens a new cache that holds what the rule has left. */
class ByHand {
  readonly tail: Rows[] = Array.from(
    { length: layers },
    () => Array.from({ length: kvHeads }, () => []),
  );
  rows = 0;
  firm = 0;

  constructor(
    readonly model: Model,
    readonly cache: KvCache,
    readonly position: number,
    readonly limit: TailLimit,
  ) {}

  async step(ids: Int32Array): Promise<Float32Array> {
    const cache = withRows(this.cache, this.tail);
    const position = this.position + this.rows;
    await using state = await this.model.decode(cache, position, {
      most: 1e6,
      evict: "oldest",
    });
    const logits = await state.step(ids); // [vocab]
    const { keys, values } = await state.readTail();
    const [asked] = await this.model.requery(
      [{ cache, position }],
      Int32Array.of(...ids, 2),
    );
    if (this.rows === 0) this.firm = ids.length;
    this.rows += ids.length;
    for (let l = 0; l < layers; l++) {
      for (let h = 0; h < kvHeads; h++) {
        const row = (from: Float32Array, i: number) => {
          const at = (h * ids.length + i) * headDim;
          return from.slice(at, at + headDim);
        };
        const kept = this.tail[l]![h]!;
        for (let i = 0; i < ids.length; i++) {
          kept.push({
            key: row(keys[l]!, i),
            value: row(values[l]!, i),
            at: position + i,
          });
        }
        const query = (head: number) => {
          const at = (head * (ids.length + 1) + ids.length - 1) * headDim;
          return asked!.queries[l]!.subarray(at, at + headDim);
        };
        while (kept.length - this.firm > this.limit.most) {
          kept.splice(this.#leaves(kept, l, h, query), 1);
        }
      }
    }
    return logits;
  }

  #leaves(
    kept: Rows[number],
    l: number,
    h: number,
    query: (head: number) => Float32Array,
  ): number {
    if (this.limit.evict === "oldest") return this.firm;
    const { config } = this.model;
    const { sliding = Infinity } = config.layerKinds?.[l] ?? {};
    const { scoreCap: cap, attentionScale = 1 / Math.sqrt(headDim) } = config;
    const last = kept.at(-1)!.at;
    const group = heads / kvHeads;
    const mass = kept.map(() => 0);
    for (let head = h * group; head < (h + 1) * group; head++) {
      const q = query(head);
      const exps = kept.map(({ key, at }) => {
        const dot = key.reduce((sum, k, d) => sum + k * q[d]!, 0);
        const score = dot * attentionScale;
        if (last - at >= sliding) return 0;
        return Math.exp(cap ? cap * Math.tanh(score / cap) : score);
      });
      const total = exps.reduce((a, b) => a + b);
      for (const [i, e] of exps.entries()) mass[i]! += e / total;
    }
    const free = mass.slice(this.firm, -1);
    return this.firm + free.indexOf(Math.min(...free));
  }
}

for (
  const [evict, config] of [
    ["oldest", smallConfig],
    ["attention", smallConfig],
    ["oldest", slidingConfig],
    ["attention", slidingConfig],
  ] as const
) {
  const kind = config === slidingConfig ? ", sliding layers" : "";
  Deno.test(`row 22: decode() keeps its tail within a limit, as decoding by hand does (${evict}${kind})`, async () => {
    await using model = await randomModel({ config });
    const cache = await prefilled(model, 12);
    const limit = { most: 4, evict };
    await using state = await model.decode(cache, 12, limit);
    const byHand = new ByHand(model, cache, 12, limit);
    // The question, tokens one by one, two at once when one has to go, and on.
    const counts = [3, 1, 1, 1, 2, ...new Array<number>(12).fill(1)];
    for (const [i, count] of counts.entries()) {
      const rows = randomIds(count, i);
      const logits = await state.step(rows);
      const diff = maxDiff(logits, await byHand.step(rows));
      assert(diff < 1e-4, `row ${byHand.rows}: ${diff}`);
    }
    const { keys } = await state.readTail();
    for (const [l, layer] of byHand.tail.entries()) {
      const expected = layer.flatMap((head) => head.flatMap((r) => [...r.key]));
      assert(maxDiff(keys[l]!, expected) < 1e-4);
    }
  });
}

for (const evict of ["oldest", "attention"] as const) {
  Deno.test(`row 22: decode() with a limit holds a constant size over 50 steps (${evict})`, async () => {
    await using model = await randomModel();
    const cache = await prefilled(model, 12);
    await using state = await model.decode(cache, 12, { most: 7, evict });
    await state.step(randomIds(5, 1));
    const sizes: number[] = [];
    for (const id of randomIds(50, 2)) {
      await state.step(Int32Array.of(id));
      sizes.push(state.tailEntries);
    }
    assert.deepEqual(sizes.slice(0, 7), [6, 7, 8, 9, 10, 11, 12]);
    assert.deepEqual([...new Set(sizes.slice(7))], [12]);
    const { keys, values } = await state.readTail();
    for (const data of [...keys, ...values]) {
      assert.equal(data.length, kvHeads * 12 * headDim);
    }
  });
}

Deno.test("decode() with a limit that is never reached changes nothing", async () => {
  await using model = await randomModel();
  const cache = await prefilled(model, 12);
  await using free = await model.decode(cache, 12);
  await using limited = await model.decode(cache, 12, {
    most: 20,
    evict: "attention",
  });
  for (const id of randomIds(20, 3)) {
    const ids = Int32Array.of(id);
    assert.deepEqual(await limited.step(ids), await free.step(ids));
  }
});
