import type { ChatTemplate } from "../../io/tokenizer/chat_template.ts";
import type { ModelConfig } from "../../io/model_config.ts";
import type { Tokenizer } from "../../io/tokenizer/tokenizer.ts";
import { Arena } from "../cache/arena.ts";
import { CacheDecoder } from "../decode/cache_decoder.ts";
import { cacheFeeds } from "../cache/cache_feeds.ts";
import { bytesPerEntry } from "../cache/chunk_cache.ts";
import type { KvCache, QuestionStats } from "../cache/kv_cache.ts";
import type {
  DecodeState,
  LanguageModel,
  Prefilled,
  PrefillItem,
  RequeryItem,
  TailLimit,
} from "../language_model.ts";
import type { Provider } from "../provider/provider.ts";
import { emptyTail, movable, rowFeeds } from "../decode/row_feeds.ts";
import { runPrefill } from "../prefill/run_prefill.ts";
import type { Runtime } from "../model/runtime.ts";
import { SessionPool } from "../model/session_pool.ts";
import { checkWhole } from "./check_whole.ts";
import { wholeDecode, type WholeParts, wholePrefill } from "./whole_graphs.ts";

/** What a {@linkcode WholeModel} is made of. */
export interface WholeModelParts extends WholeParts {
  /** Why its attention cannot be taken over. */
  readonly reason: string;
  readonly tokenizer: Tokenizer;
  readonly chatTemplate?: ChatTemplate;
  readonly provider: Provider;
  readonly workers: number;
  readonly threads: number;
  close(): Promise<void>;
}

/**
 * An exported decoder whose own attention computes, because it cannot be read: chunks, scores, selection and answers
 * work, over caches of one length for all heads and layers. What looks at attention does not, and says why.
 */
export class WholeModel implements LanguageModel {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  declare readonly chatTemplate?: ChatTemplate;
  readonly provider: Provider;
  readonly workers: number;
  readonly bytesPerEntry: number;
  readonly #runtime: Runtime;

  constructor(readonly parts: WholeModelParts) {
    const { config, provider, workers } = parts;
    this.config = config;
    this.tokenizer = parts.tokenizer;
    if (parts.chatTemplate) this.chatTemplate = parts.chatTemplate;
    this.provider = provider;
    this.workers = workers;
    this.bytesPerEntry = bytesPerEntry(config);
    const graphs = {
      prefill: (question: boolean) =>
        question
          ? this.#lacks("The question behind a chunk in one pass")
          : wholePrefill(parts),
      decode: () => wholeDecode(parts),
      queries: () => this.#lacks("Query vectors"),
    };
    const pool = new SessionPool({ ...parts, graphs });
    this.#runtime = { config, pool, arena: new Arena() };
  }

  prefill(
    batch: readonly PrefillItem[],
    signal?: AbortSignal,
  ): Promise<readonly Prefilled[]> {
    return runPrefill(this.#runtime, batch, signal);
  }

  async requery(
    items: readonly RequeryItem[],
    tail: Int32Array,
    signal?: AbortSignal,
  ): Promise<readonly QuestionStats[]> {
    return await Promise.all(
      items.map((item) => this.#ask(item, tail, signal)),
    );
  }

  attention(): Promise<never> {
    return this.#lacks("Attention of the question (votes, calibration)");
  }

  rowQueries(): Promise<never> {
    return this.#lacks("Query vectors of a chunk's own rows");
  }

  ownAttention(): Promise<never> {
    return this.#lacks("Attention of a chunk's own rows");
  }

  async decode(
    cache: KvCache,
    position: number,
    limit?: TailLimit,
  ): Promise<DecodeState> {
    if (limit) await this.#lacks("A limit on what is kept of the answer");
    checkWhole(cache, this.parts.reason);
    return await CacheDecoder.open(this.#runtime, cache, position);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime.pool[Symbol.asyncDispose]();
    await this.parts.close();
  }

  async #ask(
    { cache, position }: RequeryItem,
    tail: Int32Array, // [rows]
    signal?: AbortSignal,
  ): Promise<QuestionStats> {
    checkWhole(cache, this.parts.reason);
    const worker = await this.#runtime.pool.session("decode");
    signal?.throwIfAborted();
    const predicting = Array.from({ length: tail.length - 1 }, (_, i) => i);
    const rows = rowFeeds(this.#runtime, {
      ids: tail,
      positions: [position],
      factors: undefined,
      before: 0,
      headRows: predicting,
      targets: predicting.map((i) => tail[i + 1]!),
    });
    const outputs = await worker.send(
      {
        kind: "run",
        session: "decode",
        feeds: {
          ...rows,
          ...cacheFeeds(cache, this.config),
          ...emptyTail(this.#runtime),
        },
        fetch: ["log_probs"],
        copies: [],
        store: {},
      },
      movable(rows),
      signal,
    );
    const logProbs = new Float32Array(tail.length).fill(NaN); // [rows]
    logProbs.set(outputs.log_probs!.data as Float32Array, 1);
    return { ids: tail, position, logProbs, queries: [], keys: [] };
  }

  #lacks(what: string): Promise<never> {
    const { reason } = this.parts;
    return Promise.reject(
      new TypeError(`${what} needs this model's own attention, but ${reason}`),
    );
  }
}
