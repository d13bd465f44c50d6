import type { GraphFlags } from "./load_plan.ts";

/** Of a command's flags those that are about its graphs. */
export function graphFlags(
  { set, model, prompt, maxTokens, threads, provider, trust }: GraphFlags,
): GraphFlags {
  return {
    ...(set && { set }),
    ...(model !== undefined && { model }),
    ...(prompt !== undefined && { prompt }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(threads !== undefined && { threads }),
    ...(provider !== undefined && { provider }),
    ...(trust && { trust }),
  };
}
