import type { z } from "zod";
import type { EntryKernel } from "./entry_kernel.ts";
import type { EntryScore } from "./entry_scores.ts";
import type { EvictorOptions } from "./evictor_options.ts";
import type { NeedAmounts, NeedName } from "./needs/need.ts";

/** A rule that scores KV entries. Keeping the best, memory and order are not its business. */
export interface EvictorSpec<C extends z.ZodType<EvictorOptions>> {
  /** For instance `evict.attention`. */
  readonly name: string;
  readonly summary?: string;
  /** {@linkcode EvictorOptions}, extended where the rule has options of its own. */
  readonly options?: C;
  /**
   * What the rule reads beyond keys, values and positions. The stage gets the inputs for it and asks the chunks for
   * the facets; a graph without them is refused when it is loaded.
   */
  readonly needs?: readonly NeedName[];
  /** Last rows of the question whose attention is summed; default: all. */
  rows?(options: z.output<C>): number;
  /** How much of its other needs the rule asks for. */
  asks?(options: z.output<C>): Partial<NeedAmounts>;
  /** Reads what the options name, once a run and before the first chunk: a table from a file. */
  prepare?(options: z.output<C>): Promise<z.output<C>>;
  /** Writes one score an entry of one layer; higher is kept. Pure. */
  readonly score: EntryScore<z.output<C>>;
  /** The same rule as an ONNX fragment: lets the stage be computed inside a prefill session, where it stands next to one. */
  readonly kernel?: EntryKernel<z.output<C>>;
}

/** The rule that an evictor was made of, as {@linkcode evictorOf} reads it. */
// deno-lint-ignore no-explicit-any
export type AnyEvictorSpec = EvictorSpec<any>;

/** Brands evictors, also across two copies of this package. */
const rule = Symbol.for("parallelcomp.evictor");

/** The rule inside a stage that `defineEvictor` made; `undefined` for every other stage. */
export function evictorOf(stage: object): AnyEvictorSpec | undefined {
  return (stage as { readonly [rule]?: AnyEvictorSpec })[rule];
}

/** Marks a stage with the rule that it runs. */
export function markEvictor<S extends object>(
  stage: S,
  spec: AnyEvictorSpec,
): S {
  return Object.defineProperty(stage, rule, { value: spec });
}
