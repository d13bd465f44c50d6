import type { DecodeState, KvCache, LanguageModel } from "../../mod.ts";

/** What is seen of a model's decoding; called while the caller works, so copy what is to be kept. */
export interface DecodeWatch {
  /** Decoding opens over a cache, which belongs to the caller. */
  opened?(cache: KvCache, position: number): void;
  /** Ids were run; `logits` are those of the last one. */
  stepped?(ids: Int32Array, logits: Float32Array): void; // [rows], [vocab]
}

/** The same model; whoever decodes with it is watched. */
export function watchDecoding(
  model: LanguageModel,
  watch: DecodeWatch,
): LanguageModel {
  const decode: LanguageModel["decode"] = async (
    cache,
    position,
    ...how
  ) => {
    watch.opened?.(cache, position);
    return watchSteps(await model.decode(cache, position, ...how), watch);
  };
  return new Proxy(model, {
    get: (target, key) => {
      if (key === "decode") return decode;
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function watchSteps(state: DecodeState, watch: DecodeWatch): DecodeState {
  return new Proxy(state, {
    get: (target, key) => {
      // Tokens that a model chooses by itself show no logits.
      const alone = key === "greedy" || key === "sampled";
      if (alone && watch.stepped) return undefined;
      if (key === "step") {
        return async (ids: Int32Array, signal?: AbortSignal) => {
          const logits = await target.step(ids, signal); // [vocab]
          watch.stepped?.(ids, logits);
          return logits;
        };
      }
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
