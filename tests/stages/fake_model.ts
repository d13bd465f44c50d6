import type { ModelConfig } from "../../io/model_config.ts";
import { firstEntries } from "./first_entries.ts";
import type {
  KvCache,
  KvLayer,
  QuestionStats,
} from "../../kernels/cache/kv_cache.ts";
import type {
  DecodeState,
  LanguageModel,
  Prefilled,
  PrefillItem,
  RequeryItem,
  RowQueries,
  TailLimit,
} from "../../kernels/language_model.ts";
import { FakeTail } from "./fake_tail.ts";
import { fakeSpecials, fakeTokenizer } from "./fake_tokenizer.ts";
import {
  FakeTransformer,
  logProb,
  naiveAttention,
  type NewRows,
} from "./fake_transformer.ts";
import { naiveOwnAttention } from "./naive_own_attention.ts";

/** What a test may change. */
export interface FakeModelOptions {
  readonly seed?: number;
  readonly workers?: number;
  readonly config?: Partial<ModelConfig>;
  readonly chat?: boolean;
  /** Whether it evicts inside prefill: it keeps the first entries then, a rule's ONNX body is not run. */
  readonly evicts?: boolean;
}

/** A deterministic language model on the host that keeps its contract honestly, and counts what it gives out. */
export class FakeModel implements LanguageModel {
  readonly config: ModelConfig;
  readonly tokenizer = fakeTokenizer;
  readonly provider = "fake";
  readonly workers: number;
  readonly bytesPerEntry: number;
  readonly chatTemplate?: LanguageModel["chatTemplate"] & object;
  declare readonly prefillEvicted?: LanguageModel["prefillEvicted"] & object;
  readonly transformer: FakeTransformer;
  /** Every micro-batch that was asked for. */
  readonly batches: (readonly PrefillItem[])[] = [];
  /** Caches given out and not disposed. */
  live = 0;
  /** The most caches that were alive at once. */
  peak = 0;
  /** First positions of `requery` and of `decode`. */
  readonly positions: number[] = [];
  disposed = false;

  constructor(options: FakeModelOptions = {}) {
    this.config = { ...defaultConfig, ...options.config };
    const { layers, kvHeads, headDim } = this.config;
    this.workers = options.workers ?? 1;
    this.bytesPerEntry = layers * 2 * kvHeads * headDim * 4;
    if (options.evicts) {
      this.prefillEvicted = async (batch, _eviction, signal) => {
        const whole = await this.prefill(batch, signal);
        return whole.map(({ cache, ...rest }, i) => {
          cache.dispose?.();
          return {
            ...rest,
            cache: this.#count(firstEntries(cache, batch[i]!.keep)),
          };
        });
      };
    }
    this.transformer = new FakeTransformer(this.config, options.seed ?? 1);
    if (options.chat) {
      this.chatTemplate = {
        render: (messages) =>
          messages.map((m) => `<turn>${m.role}\n${m.content}<end>\n`).join("") +
          "<turn>assistant\n",
      };
    }
  }

  async prefill(
    batch: readonly PrefillItem[],
    signal?: AbortSignal,
  ): Promise<readonly Prefilled[]> {
    await Promise.resolve();
    signal?.throwIfAborted();
    this.batches.push(batch);
    return batch.map(({ ids, tail }) => {
      const cache = this.#count(
        this.cacheOf(this.transformer.forward(ids, 0), ids.length),
      );
      return tail
        ? { cache, question: this.#ask(cache, tail, ids.length) }
        : { cache };
    });
  }

  async requery(
    items: readonly RequeryItem[],
    tail: Int32Array,
    signal?: AbortSignal,
  ): Promise<readonly QuestionStats[]> {
    await Promise.resolve();
    signal?.throwIfAborted();
    return items.map(({ cache, position }) => {
      this.positions.push(position);
      return this.#ask(cache, tail, position);
    });
  }

  attention(
    cache: KvCache,
    question: QuestionStats,
    weights: Float32Array,
  ): Promise<readonly Float32Array[]> {
    return Promise.resolve(
      naiveAttention(cache, question, weights, this.config.heads),
    );
  }

  rowQueries(ids: Int32Array, from: number): Promise<RowQueries> {
    const { heads, headDim } = this.config;
    const rows = ids.length - from;
    const all = this.transformer.forward(ids, 0).queries; // layers × [heads, tokens, headDim]
    const queries = all.map((layer) => {
      const picked = new Float32Array(heads * rows * headDim); // [heads, rows, headDim]
      for (let head = 0; head < heads; head++) {
        const start = (head * ids.length + from) * headDim;
        picked.set(
          layer.subarray(start, start + rows * headDim),
          head * rows * headDim,
        );
      }
      return picked;
    });
    return Promise.resolve({ from, rows, queries });
  }

  ownAttention(
    cache: KvCache,
    rows: RowQueries,
    weights: Float32Array,
  ): Promise<readonly Float32Array[]> {
    return Promise.resolve(naiveOwnAttention(cache, rows, weights));
  }

  decode(
    cache: KvCache,
    position: number,
    limit?: TailLimit,
  ): Promise<DecodeState> {
    this.positions.push(position);
    if (limit) {
      return Promise.resolve(
        new FakeTail(this.transformer, cache, position, limit),
      );
    }
    let seen = new Int32Array(0);
    return Promise.resolve({
      step: (ids, signal) => {
        signal?.throwIfAborted();
        seen = Int32Array.from([...seen, ...ids]);
        return Promise.resolve(
          this.transformer.forward(seen, position, cache).logits.at(-1)!,
        );
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
    return Promise.resolve();
  }

  /** New rows as a cache of full heads. */
  cacheOf({ keys, values }: NewRows, entries: number): KvCache {
    const { kvHeads, headDim } = this.config;
    const positions = Int32Array.from(
      { length: kvHeads * entries },
      (_, i) => i % entries,
    );
    return {
      kvHeads,
      headDim,
      layers: keys.map((k, l): KvLayer => ({
        entries,
        keys: k,
        values: values[l]!,
        positions,
      })),
      bytes: entries * this.bytesPerEntry,
    };
  }

  #count(cache: KvCache): KvCache {
    this.live++;
    this.peak = Math.max(this.peak, this.live);
    let held = true;
    return {
      ...cache,
      dispose: () => {
        if (held) this.live--;
        held = false;
      },
    };
  }

  #ask(cache: KvCache, tail: Int32Array, position: number): QuestionStats {
    const { queries, keys, logits } = this.transformer.forward(
      tail,
      position,
      cache,
    );
    const logProbs = Float32Array.from(
      tail,
      (id, r) => r === 0 ? NaN : logProb(logits[r - 1]!, id),
    );
    return { ids: tail, logProbs, queries, keys };
  }
}

const defaultConfig: ModelConfig = {
  architecture: "llama",
  name: "fake",
  layers: 2,
  hidden: 16,
  ffn: 24,
  heads: 4,
  kvHeads: 2,
  headDim: 8,
  vocab: 260,
  window: 160,
  normEpsilon: 1e-5,
  ropeTheta: 100,
  ropeDim: 8,
  ropeScaling: { type: "none" },
  tiedHead: true,
  attentionBias: false,
  mlpBias: false,
  bosId: fakeSpecials["<bos>"]!,
  addBos: true,
  stopIds: [fakeSpecials["<eos>"]!, fakeSpecials["<end>"]!],
};
