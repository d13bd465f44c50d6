import type { ModelConfig } from "../io/model_config.ts";
import { type RopeTable, ropeTable } from "./rope.ts";

/** RoPE's table, computed once: every chunk starts at position 0, and cosines of 2,000 positions take as long as a layer. */
export class RopeCache {
  #table: RopeTable | undefined;
  #rows = 0;

  constructor(readonly config: ModelConfig) {}

  /** A copy of the rows of positions `[from, from + count)`. */
  rows(from: number, count: number): RopeTable {
    const { config } = this;
    // Dynamic scaling changes every row with the length.
    if (config.ropeScaling.type === "dynamic") {
      return ropeTable(config, from, count);
    }
    if (!this.#table || from + count > this.#rows) {
      this.#rows = Math.max(from + count, 2 * this.#rows);
      this.#table = ropeTable(config, 0, this.#rows);
    }
    const half = config.ropeDim / 2;
    const { cos, sin } = this.#table;
    return {
      cos: cos.slice(from * half, (from + count) * half), // [count, ropeDim / 2]
      sin: sin.slice(from * half, (from + count) * half), // [count, ropeDim / 2]
    };
  }
}
