import type { z } from "zod";
import type { LanguageModel } from "../../kernels/language_model.ts";
import type { Chunk, KvChunk, Prompt, TokenizedDocument } from "../types.ts";
import type { ChunkScoreInput, ChunkScorerSpec } from "./scorer_spec.ts";
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

  /** The chunk's score, at once where the model is not needed; one that is not finite is a `RangeError`. */
  score(held: KvChunk, signal: AbortSignal): number | Promise<number> {
    const { chunk, cache, question } = held;
    const asked: readonly ChunkNeed[] = ["question", "log-probs", "attention"];
    if (!question && asked.some((need) => this.#has(need))) {
      throw new TypeError(
        `Chunk ${chunk.index} was not asked the question; put requery before ${this.spec.name}`,
      );
    }
    const input: ChunkScoreInput = {
      chunk,
      cache,
      scored: this.given.prompt?.scored ?? [1, question?.ids.length ?? 1],
      ...(question && { question }),
      ...(this.#has("text") && { text: this.#textOf(chunk) }),
    };
    return this.#has("attention") || this.#has("prior")
      ? this.#computed(input, signal).then((whole) => this.#scoreOf(whole))
      : this.#scoreOf(input);
  }

  #scoreOf(input: ChunkScoreInput): number {
    const score = this.spec.score(input, this.options, this.#prepare());
    if (Number.isFinite(score)) return score;
    throw new RangeError(
      `Score of chunk ${input.chunk.index} is '${score}', not a finite number`,
    );
  }

  /** Adds what the model computes. */
  async #computed(
    input: ChunkScoreInput,
    signal: AbortSignal,
  ): Promise<ChunkScoreInput> {
    const model = this.#given(this.given.model, "model");
    const { cache, question, scored } = input;
    return {
      ...input,
      ...(this.#has("attention") && {
        attention: await questionAttention(
          model,
          cache,
          question!,
          scored,
          signal,
        ),
      }),
      ...(this.#has("prior") && { prior: await this.#priorOf(model, signal) }),
    };
  }

  #priorOf(
    model: LanguageModel,
    signal: AbortSignal,
  ): Promise<Float32Array> { // [rows]
    const prompt = this.#given(this.given.prompt, "prompt");
    return this.#prior ??= questionPrior(model, prompt, signal);
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
