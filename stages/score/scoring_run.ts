import type { z } from "zod";
import type { LanguageModel } from "../../kernels/language_model.ts";
import type { Chunk, KvChunk, Prompt, TokenizedDocument } from "../types.ts";
import type { ChunkScoreInput, ChunkScorerSpec } from "./chunk_scorer.ts";
import { questionAttention } from "./needs/attention.ts";
import type { ChunkNeed } from "./needs/ports.ts";
import { questionPrior } from "./needs/prior.ts";
import { type RunText, runText } from "./needs/text.ts";

/** What is connected to a scorer beside its chunks. */
export interface ScorerGiven {
  readonly prompt: Prompt | undefined;
  readonly model: LanguageModel | undefined;
  readonly tokens: TokenizedDocument | undefined;
  readonly corpus: readonly Chunk[];
}

/** One run of a scoring rule: what its needs ask for is computed for every chunk, or once, when the first chunk is scored. */
export class ScoringRun<C extends z.ZodType, P> {
  readonly #needs: ReadonlySet<string>;
  #prior: Promise<Float32Array> | undefined; // [rows]
  #text: RunText | undefined;
  #prepared: { readonly value: P } | undefined;

  constructor(
    readonly spec: ChunkScorerSpec<C, P>,
    readonly given: ScorerGiven,
    readonly options: z.output<C>,
  ) {
    const { needs = [], needsWith = {} } = spec;
    const asked = Object.entries(needsWith).filter(([, when]) => when(options));
    this.#needs = new Set([...needs, ...asked.map(([need]) => need)]);
  }

  /** The chunk's score; one that is not finite is a `RangeError`. */
  async score(held: KvChunk, signal: AbortSignal): Promise<number> {
    const input = await this.#inputOf(held, signal);
    const score = this.spec.score(input, this.options, this.#prepare());
    if (Number.isFinite(score)) return score;
    throw new RangeError(
      `Score of chunk ${held.chunk.index} is '${score}', not a finite number`,
    );
  }

  async #inputOf(
    { chunk, cache, question }: KvChunk,
    signal: AbortSignal,
  ): Promise<ChunkScoreInput> {
    const { prompt, model } = this.given;
    const attends = this.#has("attention");
    if (!question && (attends || this.#has("question"))) {
      throw new TypeError(
        `Chunk ${chunk.index} was not asked the question; put requery before ${this.spec.name}`,
      );
    }
    const scored = prompt?.scored ?? [1, question?.ids.length ?? 1] as const;
    const attention = attends &&
      await questionAttention(
        this.#given(model, "model"),
        cache,
        question!,
        scored,
        signal,
      );
    return {
      chunk,
      cache,
      scored,
      ...(question && { question }),
      ...(attention && { attention }),
      ...(this.#has("prior") && { prior: await this.#priorOf(signal) }),
      ...(this.#has("text") && { text: this.#textOf(chunk) }),
    };
  }

  #priorOf(signal: AbortSignal): Promise<Float32Array> {
    const { model, prompt } = this.given;
    return this.#prior ??= questionPrior(
      this.#given(model, "model"),
      this.#given(prompt, "prompt"),
      signal,
    );
  }

  #runText(): RunText {
    const { tokens, prompt, corpus } = this.given;
    return this.#text ??= runText(
      this.#given(tokens, "tokens"),
      corpus,
      this.#given(prompt, "prompt"),
    );
  }

  #textOf(chunk: Chunk): RunText & { readonly chunk: string } {
    const text = this.#runText();
    const own = text.chunks[chunk.index];
    if (own !== undefined) return { ...text, chunk: own };
    throw new RangeError(
      `Chunk ${chunk.index} is not among the ${text.chunks.length} of input 'corpus'; connect the chunker that made it`,
    );
  }

  #prepare(): P {
    const { prepare } = this.spec;
    if (!prepare) return undefined as P;
    this.#prepared ??= { value: prepare(this.#runText(), this.options) };
    return this.#prepared.value;
  }

  #has(need: ChunkNeed): boolean {
    return this.#needs.has(need);
  }

  /** The loader refuses graphs in which a needed port is not connected; this is for stages that run alone. */
  #given<T>(value: T | undefined, port: string): T {
    if (value !== undefined) return value;
    throw new TypeError(`${this.spec.name} needs its input '${port}'`);
  }
}
