import { floatCache } from "../kernels/float_cache.ts";
import type { KvCache, KvLayer } from "../../kernels/cache/kv_cache.ts";
import type { DecodeState, TailLimit } from "../../kernels/language_model.ts";
import type { FakeTransformer, NewRows } from "./fake_transformer.ts";

/** Decoding whose tail is entries like all others, one drawn out by hand whenever there are too many. */
export class FakeTail implements DecodeState {
  #cache: KvCache;
  /** Entries by layer that were there before the tail. */
  readonly #fixed: readonly number[];
  #rows = 0;
  #firm = 0;
  tailEntries = 0;

  constructor(
    readonly transformer: FakeTransformer,
    cache: KvCache,
    readonly position: number,
    readonly limit: TailLimit,
  ) {
    this.#cache = floatCache(cache);
    const { layers } = this.#cache;
    this.#fixed = layers.map(({ entries }) => entries);
    if (layers.some(({ counts }) => counts)) {
      throw new TypeError("The fake tail knows no ragged heads");
    }
  }

  step(ids: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
    signal?.throwIfAborted();
    const rows = this.transformer.forward(
      ids,
      this.position + this.#rows,
      this.#cache,
    );
    if (this.#rows === 0) this.#firm = ids.length;
    this.#rows += ids.length;
    this.tailEntries += ids.length;
    this.#set((layer, l) => this.#grown(layer, rows, l, ids.length));
    while (this.tailEntries - this.#firm > this.limit.most) {
      this.#set((layer, l) =>
        this.#shrunk(layer, l, rows.queries[l]!, ids.length)
      );
      this.tailEntries--;
    }
    return Promise.resolve(rows.logits.at(-1)!);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #set(change: (layer: KvLayer, l: number) => KvLayer): void {
    this.#cache = { ...this.#cache, layers: this.#cache.layers.map(change) };
  }

  #grown(layer: KvLayer, rows: NewRows, l: number, count: number): KvLayer {
    const [keys, values] = [rows.keys[l]!, rows.values[l]!];
    return this.#joined(layer, l, (h) => {
      const old = Array.from({ length: layer.entries }, (_, e) => ({
        from: layer,
        at: h * layer.entries + e,
      }));
      const added = Array.from({ length: count }, (_, r) => ({
        from: { keys, values },
        at: h * count + r,
      }));
      return [...old, ...added];
    });
  }

  #shrunk(
    layer: KvLayer,
    l: number,
    queries: Float32Array,
    count: number,
  ): KvLayer {
    return this.#joined(layer, l, (h) => {
      const gone = this.#leaves(layer, h, queries, count);
      return Array.from({ length: layer.entries }, (_, e) => ({
        from: layer,
        at: h * layer.entries + e,
      })).filter((_, e) => e !== gone);
    });
  }

  #leaves(layer: KvLayer, h: number, queries: Float32Array, count: number) {
    const first = layer.entries - this.tailEntries;
    if (this.limit.evict === "oldest") return first + this.#firm;
    const { headDim, kvHeads } = this.#cache;
    const group = queries.length / (count * headDim * kvHeads);
    const mass = new Float64Array(this.tailEntries);
    for (let head = h * group; head < (h + 1) * group; head++) {
      const exps = Array.from(mass, (_, i) => {
        let dot = 0;
        for (let d = 0; d < headDim; d++) {
          dot += queries[(head * count + count - 1) * headDim + d]! *
            layer.keys[(h * layer.entries + first + i) * headDim + d]!;
        }
        return Math.exp(dot / Math.sqrt(headDim));
      });
      const total = exps.reduce((a, b) => a + b);
      for (const [i, e] of exps.entries()) mass[i]! += e / total;
    }
    const free = mass.subarray(this.#firm, -1);
    return first + this.#firm + free.indexOf(Math.min(...free));
  }

  /** A layer of the entries that `rows` names for every head. */
  #joined(
    { positions, entries: before, bias }: KvLayer,
    l: number,
    rows: (
      head: number,
    ) => { from: Pick<KvLayer, "keys" | "values">; at: number }[],
  ): KvLayer {
    const { kvHeads, headDim } = this.#cache;
    const heads = Array.from({ length: kvHeads }, (_, h) => rows(h));
    const entries = heads[0]!.length;
    const gather = (name: "keys" | "values") =>
      Float32Array.from(
        heads.flat().flatMap(({ from, at }) => [
          ...from[name].subarray(at * headDim, (at + 1) * headDim),
        ]),
      ); // [kvHeads, entries, headDim]
    const fixed = this.#fixed[l]!;
    const perEntry = (value: (at: number) => number, behind: number) =>
      Array.from({ length: kvHeads * entries }, (_, i) => {
        const [h, e] = [Math.floor(i / entries), i % entries];
        return e < fixed ? value(h * before + e) : behind;
      });
    return {
      entries,
      keys: gather("keys"),
      values: gather("values"),
      // The tail lies before everything that is tempered.
      positions: Int32Array.from(perEntry((at) => positions[at]!, -1)),
      ...(bias && { bias: Float32Array.from(perEntry((at) => bias[at]!, 0)) }),
    };
  }
}
