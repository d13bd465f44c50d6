import type { ChatTemplate } from "../../io/tokenizer/chat_template.ts";
import type { ModelConfig } from "../../io/model_config.ts";
import type { Tokenizer } from "../../io/tokenizer/tokenizer.ts";
import { Arena } from "../cache/arena.ts";
import { hasBias } from "../cache/bias_columns.ts";
import { bytesPerEntry } from "../cache/chunk_cache.ts";
import { CacheDecoder } from "../decode/cache_decoder.ts";
import { decodeName } from "../cache/cache_form.ts";
import { CachePlace } from "../cache/cache_place.ts";
import type { Embedding } from "../layers/embedding.ts";
import type { EvictedItem, Eviction } from "../eviction/eviction.ts";
import type { KvCache, QuestionStats } from "../cache/kv_cache.ts";
import { requireTurnedKeys } from "../rope/choose_positions.ts";
import { checkKinds } from "../layers/layer_kind.ts";
import type {
  DecodeState,
  LanguageModel,
  Prefilled,
  PrefillItem,
  RequeryItem,
  RowQueries,
  TailLimit,
} from "../language_model.ts";
import type { Provider } from "../provider/provider.ts";
import { withHostCache } from "../cache/resident_cache.ts";
import type { RopeCache } from "../rope/rope_cache.ts";
import type { RopeFactors } from "../rope/rope_factors.ts";
import { attentionMass } from "../eviction/run_attention_mass.ts";
import { ownAttention } from "../eviction/run_own_attention.ts";
import { runPrefill } from "../prefill/run_prefill.ts";
import { runPrefillEvicted } from "../prefill/run_prefill_evicted.ts";
import { runRequery } from "../decode/run_requery.ts";
import { rowQueries } from "../prefill/run_row_queries.ts";
import { LateDecoder } from "../decode/late_decoder.ts";
import { StepDecoder } from "../decode/step_decoder.ts";
import { type StepChoice, stepsName } from "../family/step_graph.ts";
import { StepRooms } from "../decode/step_rooms.ts";
import type { Runtime } from "./runtime.ts";
import { type PoolModel, SessionPool } from "./session_pool.ts";

/** What a model is made of beside its sessions. */
export interface ModelParts extends PoolModel {
  readonly tokenizer: Tokenizer;
  readonly chatTemplate?: ChatTemplate;
  /** Absent where the sessions look ids up themselves. */
  readonly embedding?: Embedding;
  /** Absent where the sessions turn rows by their positions themselves. */
  readonly rope?: RopeCache;
  /** Whether keys and values stay where they are computed from the prefill on; default: not on the processor. */
  readonly resident?: boolean;
  /** Releases the model's file. */
  close(): Promise<void>;
}

/** A {@linkcode LanguageModel} computed by ONNX Runtime in workers. */
export class OnnxModel implements LanguageModel {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  declare readonly chatTemplate?: ChatTemplate;
  readonly provider: Provider;
  readonly workers: number;
  readonly bytesPerEntry: number;
  readonly #runtime: Runtime;
  readonly #close: () => Promise<void>;

  constructor(parts: ModelParts) {
    checkKinds(parts.config);
    this.config = parts.config;
    this.tokenizer = parts.tokenizer;
    if (parts.chatTemplate) this.chatTemplate = parts.chatTemplate;
    this.provider = parts.provider;
    this.workers = parts.workers;
    this.bytesPerEntry = bytesPerEntry(parts.config);
    const { config, rope, resident = parts.provider !== "cpu" } = parts;
    const { steps } = parts.graphs;
    const arena = new Arena();
    const pool = new SessionPool(parts);
    this.#runtime = {
      config,
      ...(parts.embedding && { embedding: parts.embedding }),
      ...(rope && { rope }),
      ...(rope && steps &&
        { rooms: new StepRooms(config, rope, steps) }),
      pool,
      arena,
      place: new CachePlace(pool, arena, resident),
    };
    this.#close = () => parts.close();
  }

  prefill(
    batch: readonly PrefillItem[],
    signal?: AbortSignal,
  ): Promise<readonly Prefilled[]> {
    return runPrefill(this.#runtime, batch, signal);
  }

  prefillEvicted(
    batch: readonly EvictedItem[],
    eviction: Eviction,
    signal?: AbortSignal,
  ): Promise<readonly Prefilled[]> {
    return runPrefillEvicted(this.#runtime, batch, eviction, signal);
  }

  requery(
    items: readonly RequeryItem[],
    tail: Int32Array,
    signal?: AbortSignal,
  ): Promise<readonly QuestionStats[]> {
    return runRequery(this.#runtime, items, tail, signal);
  }

  attention(
    cache: KvCache,
    question: QuestionStats,
    weights: Float32Array,
    signal?: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    requireTurnedKeys(this.config, "Attention to a cache");
    return withHostCache(
      cache,
      (host) => attentionMass(this.#runtime, host, question, weights, signal),
      signal,
    );
  }

  rowQueries(
    ids: Int32Array,
    from: number,
    signal?: AbortSignal,
    factors?: RopeFactors,
  ): Promise<RowQueries> {
    requireTurnedKeys(this.config, "Attention of a chunk's rows");
    return rowQueries(this.#runtime, { ids, from, factors }, signal);
  }

  ownAttention(
    cache: KvCache,
    rows: RowQueries,
    weights: Float32Array,
    signal?: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    return withHostCache(
      cache,
      (host) => ownAttention(this.#runtime, host, rows, weights, signal),
      signal,
    );
  }

  decode(
    cache: KvCache,
    position: number,
    limit: TailLimit,
  ): Promise<CacheDecoder>;
  decode(
    cache: KvCache,
    position: number,
    limit?: TailLimit,
    choice?: StepChoice,
  ): Promise<DecodeState>;
  decode(
    cache: KvCache,
    position: number,
    limit?: TailLimit,
    choice: StepChoice = "greedy",
  ): Promise<DecodeState> {
    const runtime = this.#runtime;
    const { pool } = runtime;
    const early = () => CacheDecoder.open(runtime, cache, position, limit);
    if (limit || !StepDecoder.takes(runtime, cache)) return early();
    const steps = () => StepDecoder.open(runtime, cache, position, choice);
    const ready = pool.has(stepsName({ choice, biased: hasBias(cache) })) ||
      !pool.has(decodeName([cache]));
    return ready
      ? steps()
      : early().then((decoder) => new LateDecoder(decoder, steps));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime.place?.leave();
    await this.#runtime.pool[Symbol.asyncDispose]();
    await this.#close();
  }
}
