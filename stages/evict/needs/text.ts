import type { Need } from "./need.ts";

/** Bytes of the chunk's tokens by position, lead included: positions say which of them entries belong to. */
export const text: Need = {
  facets: [],
  ports: ["model"],
  merged: false,
  give: ({ cache, ids }, { model }) => {
    const pieces = Array.from(ids!, (id) => model.tokenizer.tokenBytes(id)); // [length]
    return Promise.resolve(cache.layers.map(() => ({ pieces })));
  },
};
