import type { ModelConfig } from "../../io/model_config.ts";
import { requireTurnedKeys } from "../rope/choose_positions.ts";
import { requireFloats } from "./int8_cache.ts";
import type { KvCache } from "./kv_cache.ts";
import { hasSliding, ropeConfigOf } from "../layers/layer_kind.ts";
import { ropeFrequencies } from "../rope/rope.ts";
import { ropeLength } from "../rope/rope_factors.ts";

/**
 * The cache with its keys turned `by` positions further: RoPE turns by the sum of two angles as by one after the other.
 * Positions of entries stay those inside the chunk, values are shared. A model whose layers see the newest entries
 * only, or whose positions are mapped, is refused: rows ask where entries are there, or keys are not turned yet. An
 * exported decoder is taken to turn as its configuration says.
 */
export function turnKeys(
  cache: KvCache,
  by: number,
  config: ModelConfig,
): KvCache {
  if (by === 0) return cache;
  requireTurnedKeys(config, "Another position");
  requireFloats(cache);
  if (hasSliding(config)) {
    throw new TypeError(
      `Keys of '${config.name}' cannot be turned: some of its layers see the newest entries only; leave positions: reused`,
    );
  }
  const { kvHeads, headDim, dispose: _dispose, resident: _resident, ...said } =
    cache;
  const layers = cache.layers.map((layer, l) => {
    const rope = ropeConfigOf(config, l);
    if (!rope) return layer;
    const length = ropeLength(rope, cache.ropeFactors, by);
    const { frequencies } = ropeFrequencies(rope, length); // [ropeDim / 2]
    const angles = frequencies.map((f) => Math.fround(by * f)); // [ropeDim / 2]
    const keys = turned(layer.keys, angles, headDim); // [kvHeads, entries, headDim]
    return { ...layer, keys };
  });
  return { ...said, kvHeads, headDim, layers };
}

function turned(
  keys: Float32Array, // [kvHeads, entries, headDim]
  angles: Float32Array, // [ropeDim / 2]
  headDim: number,
): Float32Array {
  const out = new Float32Array(new SharedArrayBuffer(keys.byteLength)); // [kvHeads, entries, headDim]
  out.set(keys);
  const half = angles.length;
  const cos = angles.map(Math.cos); // [ropeDim / 2]
  const sin = angles.map(Math.sin); // [ropeDim / 2]
  for (let at = 0; at < out.length; at += headDim) {
    for (let i = 0; i < half; i++) {
      const a = keys[at + i]!;
      const b = keys[at + half + i]!;
      out[at + i] = a * cos[i]! - b * sin[i]!;
      out[at + half + i] = b * cos[i]! + a * sin[i]!;
    }
  }
  return out;
}
