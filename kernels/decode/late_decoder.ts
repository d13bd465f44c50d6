import type { CacheDecoder } from "./cache_decoder.ts";
import type { DecodeState } from "../language_model.ts";
import { STEPS_AFTER } from "../family/step_graph.ts";

/**
 * Decoding that begins with a session that is open already, and goes on by steps once the answer is so long that
 * opening their session is worth it; the rows so far are run once more then.
 */
export class LateDecoder implements DecodeState {
  /** Absent until the steps begin. */
  declare greedy?: NonNullable<DecodeState["greedy"]>;
  /** Absent until the steps begin, and where they do not draw. */
  declare sampled?: NonNullable<DecodeState["sampled"]>;
  readonly #ids: number[] = [];
  /** Rows of the first step, the question. */
  #first = 0;
  #now: DecodeState;
  #late = false;

  constructor(
    early: CacheDecoder,
    readonly openSteps: () => Promise<DecodeState>,
  ) {
    this.#now = early;
  }

  async step(ids: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
    if (this.#first === 0) this.#first = ids.length;
    if (!this.#late) {
      if (this.#ids.length - this.#first >= STEPS_AFTER) {
        await this.#goOver(signal);
      }
      this.#ids.push(...ids);
    }
    return await this.#now.step(ids, signal); // [vocab]
  }

  async #goOver(signal?: AbortSignal): Promise<void> {
    const early = this.#now;
    const steps = await this.openSteps();
    try {
      await steps.step(Int32Array.from(this.#ids), signal);
    } catch (error) {
      await steps[Symbol.asyncDispose]();
      throw error;
    }
    this.#now = steps;
    if (steps.greedy) this.greedy = steps.greedy.bind(steps);
    if (steps.sampled) this.sampled = steps.sampled.bind(steps);
    this.#late = true;
    await early[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#now[Symbol.asyncDispose]();
  }
}
