import type { EvictedItem, Eviction } from "../../kernels/eviction/eviction.ts";
import { mostHeld } from "../../kernels/cache/held_entries.ts";
import type { PrefillItem } from "../../kernels/language_model.ts";
import type { ModelConfig } from "../../io/model_config.ts";
import type { Chunk } from "../types.ts";
import { type EvictorOptions, keepCount } from "./evictor_options.ts";
import type { AnyEvictorSpec } from "./evictor_spec.ts";

/** An evictor as part of a prefill session. */
export interface FusedEvictor {
  readonly eviction: Eviction;
  /** What the session has to know of one chunk. */
  item(
    chunk: Chunk,
    item: PrefillItem,
    config: Pick<ModelConfig, "layers" | "layerKinds">,
  ): EvictedItem;
}

/** Why an evictor's rule and options cannot be computed inside a prefill session; nothing where they can. */
export function whyNotFused(
  spec: AnyEvictorSpec,
  { spans, merge, share, agree }: EvictorOptions,
  /** Inputs of the stage that are connected. */
  inputs: readonly string[],
): string | undefined {
  const { name, kernel, needs = [], prepare } = spec;
  if (inputs.includes("allocator")) {
    return "an allocator looks at the scores of all layers";
  }
  if (needs.includes("attention:received")) {
    return "its scores need the whole chunk's attention";
  }
  const other = needs.find((need) => need !== "attention");
  if (other) return `it needs '${other}', which prefill does not compute`;
  if (!kernel) return `the rule of ${name} has no ONNX body`;
  if (prepare) return "its options are read from a file during the run";
  if (agree === "max" && share !== "none") {
    return "its heads agree on the largest score, sessions on the mean";
  }
  if (spans !== "none") return "it keeps whole spans";
  if (merge !== "none") return "what it drops is merged into what it keeps";
  return undefined;
}

/** The rule with its options, ready for a session; `vectors`: whether the question's vectors are read later. */
export function fusedEvictor(
  spec: AnyEvictorSpec,
  options: EvictorOptions,
  vectors: boolean,
): FusedEvictor {
  const { keep: _k, protect: _p, share, ...ruleOptions } = options;
  return {
    eviction: {
      rule: spec,
      key: `${spec.name} ${JSON.stringify(ruleOptions)}`,
      attention: spec.needs?.includes("attention") ?? false,
      share,
      vectors,
      score: (g, input) => spec.kernel!(g, input, options),
    },
    item: (chunk, item, config) => {
      const safe = safeEntries(chunk, item.ids.length, options);
      const needed = safe.reduce((sum, one) => sum + one, 0);
      const budget = keepCount(options, mostHeld(config, safe.length));
      const rows = spec.rows?.(options);
      return {
        ...item,
        chunk: chunk.index,
        lead: chunk.lead.length,
        keep: Math.min(Math.max(budget, needed), safe.length),
        safe,
        budget,
        ...(rows !== undefined && { rows }),
      };
    },
  };
}

/** The protected entries of a whole chunk. */
function safeEntries(
  { lead, index }: Chunk,
  entries: number,
  { protect: { sinks, recent, spans } }: EvictorOptions,
): Uint8Array {
  const safe = new Uint8Array(entries); // [entries]
  safe.fill(1, 0, lead.length + sinks);
  safe.fill(1, Math.max(0, entries - recent));
  for (const { chunk = index, from, to } of spans) {
    if (chunk === index) safe.fill(1, from, to);
  }
  return safe;
}
