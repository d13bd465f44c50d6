import type { ModelConfig } from "../../io/model_config.ts";
import { hasLocalRope, localRopeConfig } from "../layers/layer_kind.ts";
import type { WireTensor } from "../engine/protocol.ts";
import { type RopeTable, ropeTable } from "./rope.ts";

/** RoPE's table, computed once: every chunk starts at position 0, and cosines of 2,000 positions take as long as a layer. */
export class RopeCache {
  #table: RopeTable | undefined;
  #rows = 0;
  /** Of layers that turn by a RoPE of their own. */
  readonly #local: RopeCache | undefined;

  constructor(readonly config: ModelConfig) {
    if (!hasLocalRope(config)) return;
    const { layerKinds: _, ...local } = localRopeConfig(config);
    this.#local = new RopeCache(local);
  }

  /**
   * A copy of the rows of positions `[from, from + count)`.
   *
   * @param length Positions of the pass, where scaling follows them: the largest position and one.
   */
  rows(from: number, count: number, length = from + count): RopeTable {
    const { config } = this;
    // Such scaling changes every row with the length.
    if (followsLength(config)) return ropeTable(config, from, count, length);
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

  /** The same rows as a session's inputs `cos` and `sin`, `local_cos` and `local_sin`. */
  feeds(
    from: number,
    count: number,
    length?: number,
  ): Record<string, WireTensor> {
    const dims = [count, this.config.ropeDim / 2];
    const tensor = (data: Float32Array): WireTensor => ({
      type: "float32",
      data,
      dims,
    });
    const { cos, sin } = this.rows(from, count, length);
    const local = this.#local?.rows(from, count, length);
    return {
      cos: tensor(cos),
      sin: tensor(sin),
      ...(local && {
        local_cos: tensor(local.cos),
        local_sin: tensor(local.sin),
      }),
    };
  }
}

function followsLength({ ropeScaling }: ModelConfig): boolean {
  const { type } = ropeScaling;
  return type === "dynamic" || type === "longrope" ||
    type === "yarn" && ropeScaling.byLength === true;
}
