import type { ModelConfig } from "../../io/model_config.ts";
import type { ChatTemplate } from "../../io/tokenizer/chat_template.ts";
import type { Tokenizer } from "../../io/tokenizer/tokenizer.ts";
import type { KvCache, QuestionStats } from "../../kernels/cache/kv_cache.ts";
import type {
  DecodeState,
  LanguageModel,
  Prefilled,
  PrefillItem,
  RowQueries,
} from "../../kernels/language_model.ts";

/** One call of a decoding state. */
export interface DecodeStep {
  readonly ids: Int32Array;
  readonly logits: Float32Array; // [vocab]
}

/** A model that writes down what it is asked. It stops at no token, so that answers have a known length. */
export class RecordedModel implements LanguageModel {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  declare readonly chatTemplate?: ChatTemplate;
  readonly provider: string;
  readonly workers: number;
  readonly bytesPerEntry: number;
  /** Micro-batches, in the order in which they were asked for. */
  readonly batches: (readonly PrefillItem[])[] = [];
  /** First positions of `requery`. */
  readonly requeries: number[] = [];
  /** First positions of `decode`. */
  readonly decodes: number[] = [];
  /** Every step of every decoding. */
  readonly steps: DecodeStep[] = [];

  constructor(readonly model: LanguageModel) {
    this.config = { ...model.config, stopIds: [] };
    this.tokenizer = model.tokenizer;
    if (model.chatTemplate) this.chatTemplate = model.chatTemplate;
    this.provider = model.provider;
    this.workers = model.workers;
    this.bytesPerEntry = model.bytesPerEntry;
  }

  /** The token after every step, by the largest logit. */
  get tokens(): number[] {
    return this.steps.map(({ logits }) => argmax(logits));
  }

  prefill(
    batch: readonly PrefillItem[],
    signal?: AbortSignal,
  ): Promise<readonly Prefilled[]> {
    this.batches.push(batch);
    return this.model.prefill(batch, signal);
  }

  prefillEvicted(
    ...asked: Parameters<NonNullable<LanguageModel["prefillEvicted"]>>
  ): Promise<readonly Prefilled[]> {
    this.batches.push(asked[0]);
    return this.model.prefillEvicted!(...asked);
  }

  requery(
    ...asked: Parameters<LanguageModel["requery"]>
  ): Promise<readonly QuestionStats[]> {
    this.requeries.push(...asked[0].map(({ position }) => position));
    return this.model.requery(...asked);
  }

  attention(
    ...asked: Parameters<LanguageModel["attention"]>
  ): Promise<readonly Float32Array[]> {
    return this.model.attention(...asked);
  }

  rowQueries(
    ...asked: Parameters<LanguageModel["rowQueries"]>
  ): Promise<RowQueries> {
    return this.model.rowQueries(...asked);
  }

  ownAttention(
    ...asked: Parameters<LanguageModel["ownAttention"]>
  ): Promise<readonly Float32Array[]> {
    return this.model.ownAttention(...asked);
  }

  async decode(cache: KvCache, position: number): Promise<DecodeState> {
    this.decodes.push(position);
    const state = await this.model.decode(cache, position);
    return {
      step: async (ids, signal) => {
        const logits = await state.step(ids, signal);
        this.steps.push({ ids, logits });
        return logits;
      },
      [Symbol.asyncDispose]: () => state[Symbol.asyncDispose](),
    };
  }

  /** Leaves the model alone: who loaded it closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** The first of the largest logits. */
export function argmax(logits: Float32Array): number {
  return logits.reduce((best, v, i) => v > logits[best]! ? i : best, 0);
}
