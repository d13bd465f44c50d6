import type { ModelConfig } from "../../io/model_config.ts";
import type { PositionMap } from "../../io/position_map.ts";

/** A {@linkcode PositionMap} whose sizes may follow the model's window. */
export type PositionChoice =
  | {
    readonly type: "self-extend";
    readonly group: number;
    /** `auto`: a quarter of the window. */
    readonly neighbours: number | "auto";
  }
  | {
    readonly type: "lm-infinite";
    readonly sinks: number;
    /** `auto`: the window. */
    readonly reach: number | "auto";
  }
  | {
    readonly type: "dual-chunk";
    /** `auto`: five eighths of the window, as in ChunkLlama's code. */
    readonly chunk: number | "auto";
    /** `auto`: three quarters of the window, as in ChunkLlama's code. */
    readonly limit: number | "auto";
  };

/**
 * The configuration with mapped positions. A model with layers that see a part of the entries or turn by another RoPE is
 * a `RangeError`: the published methods do not say what becomes of those.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { choosePositions, loadModel } from "parallelcomp";
 *
 * await using model = await loadModel("tiny");
 * const choice = { type: "dual-chunk", chunk: "auto", limit: "auto" } as const;
 * const { positionMap } = choosePositions(model.config, choice);
 * assert.deepEqual(positionMap, { type: "dual-chunk", chunk: 1280, limit: 1536 });
 * ```
 */
export function choosePositions(
  config: ModelConfig,
  choice: PositionChoice,
): ModelConfig {
  if (config.layerKinds) {
    throw new RangeError(
      `Positions of '${config.name}' cannot be mapped ('${choice.type}'): its layers do not all see everything and turn alike; leave the model's option positions away`,
    );
  }
  const positionMap = mapOf(choice, config.window);
  if (
    positionMap.type === "dual-chunk" && positionMap.limit < positionMap.chunk
  ) {
    throw new RangeError(
      `The last place '${positionMap.limit}' lies inside a chunk of '${positionMap.chunk}' positions; give a limit of at least the chunk`,
    );
  }
  return { ...config, positionMap };
}

function mapOf(choice: PositionChoice, window: number): PositionMap {
  const size = (given: number | "auto", share: number) =>
    given === "auto" ? Math.max(1, Math.floor(window * share)) : given;
  switch (choice.type) {
    case "self-extend":
      return { ...choice, neighbours: size(choice.neighbours, 1 / 4) };
    case "lm-infinite":
      return { ...choice, reach: size(choice.reach, 1) };
    case "dual-chunk":
      return {
        ...choice,
        chunk: size(choice.chunk, 5 / 8),
        limit: size(choice.limit, 3 / 4),
      };
  }
}

/** Refuses what reads keys as RoPE turned them. */
export function requireTurnedKeys(
  { positionMap }: Pick<ModelConfig, "positionMap">,
  what: string,
): void {
  if (!positionMap) return;
  throw new TypeError(
    `${what} needs keys that RoPE has turned; with positions '${positionMap.type}' they are cached as they were before`,
  );
}
