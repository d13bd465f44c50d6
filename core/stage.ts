import { Observable } from "rxjs";
import type { z } from "zod";
import type { Budget } from "./budget.ts";
import type { StageEvent } from "./events.ts";
import { release } from "./owned.ts";
import { owning } from "./owning.ts";
import type { Port, Ports, Streams } from "./port.ts";

/** What the runner hands to every stage of a run. */
export interface StageContext {
  /** The node's name in the graph file. */
  readonly node: string;
  /** Aborts when the run is cancelled or fails. */
  readonly signal: AbortSignal;
  /** Bytes of live tensors that this run may hold. */
  readonly budget: Budget;
  /** Values that the caller feeds in by name, read by `source.input`. */
  readonly inputs: Readonly<Record<string, Observable<unknown>>>;
  /** Says what happens; progress bars, logs and metrics listen. */
  emit(event: StageEvent): void;
}

/** The node behind a stage that may {@linkcode Stage.fuse}. */
export interface FuseNext {
  /** Its name in the graph file. */
  readonly node: string;
  readonly stage: AnyStage;
  readonly options: unknown;
  /** Its connected inputs, without the one that reads the stage. */
  readonly inputs: readonly string[];
  /** Whether anything behind it needs a facet of what it gives. */
  reads(facet: string): boolean;
}

/** A reusable dataflow node: ports, options, and one function from streams to streams. */
export interface Stage<
  I extends Ports = Ports,
  O extends Ports = Ports,
  C extends z.ZodType = z.ZodType,
> {
  /** Kind, dot, rule: `evict.attention`. */
  readonly name: string;
  /** One sentence for the shelf (`parallelcomp stages`). */
  readonly summary: string;
  readonly inputs: I;
  readonly outputs: O;
  /** Every field has a default or is required, and a `.describe()`: the shelf, the editor schema and the docs read them. */
  readonly options: C;
  /**
   * Wires the stage; called once in a run. Work begins when an output is subscribed; outputs that nobody needs are
   * not. Stream inputs are to be subscribed at once and once only (`share()` one that two outputs read).
   */
  run(inputs: Streams<I>, options: z.output<C>, ctx: StageContext): Streams<O>;
  /**
   * The stage that computes this one and the one node that reads it together, or why there is none. Its inputs are
   * those of both, without what the second reads of the first; its outputs are the second's. It is run with options
   * of no meaning: those of both are known here.
   */
  fuse?(options: z.output<C>, next: FuseNext): AnyStage | string;
  /** Whether the stage is better computed inside the one before it; where it is not, `plan` says why. */
  readonly follows?: boolean;
  /** Why nothing behind this stage can be computed before it. */
  readonly stops?: string;
}

/** A stage whose types were erased: what registries and plans hold. */
// deno-lint-ignore no-explicit-any
export type AnyStage = Stage<any, any, any>;

/** Brands stages, also across two copies of this package. */
const brand = Symbol.for("parallelcomp.stage");

/** Declares a stage; types flow from its ports and options. */
export function defineStage<
  const I extends Ports,
  const O extends Ports,
  C extends z.ZodType,
>(stage: Stage<I, O, C>): Stage<I, O, C> {
  return Object.defineProperty(stage, brand, { value: true });
}

/** Whether a value was made by {@linkcode defineStage}. */
export function isStage(value: unknown): value is AnyStage {
  return typeof value === "object" && value !== null && brand in value;
}

/**
 * The common case: one stream in, one stream out, one function per item. Of items that count their owners the stage
 * holds one share: when `map` succeeds, the share has moved into its result (pass it on, or release it as the last
 * step); when `map` fails, the stage releases the item; when the run stops, what waits and what comes too late.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isStage, mapStage, portType, stream } from "parallelcomp";
 * import { z } from "zod";
 *
 * const Line = portType("my/line", z.string());
 * const indent = mapStage({
 *   name: "my.indent",
 *   summary: "Indents every line",
 *   input: stream(Line),
 *   output: stream(Line),
 *   options: z.object({ by: z.int().min(0).default(2).describe("blanks") }),
 *   map: (line, { by }) => " ".repeat(by) + line,
 * });
 * assert(isStage(indent));
 * ```
 */
export function mapStage<A, B, C extends z.ZodType>(stage: {
  readonly name: string;
  readonly summary: string;
  readonly input: Port<A>;
  readonly output: Port<B>;
  readonly options: C;
  /** Items worked on at once; order is kept only when 1 (the default). */
  readonly concurrency?: number;
  map(item: A, options: z.output<C>, ctx: StageContext): B | Promise<B>;
}): Stage<{ in: Port<A> }, { out: Port<B> }, C> {
  return defineStage({
    name: stage.name,
    summary: stage.summary,
    inputs: { in: stage.input },
    outputs: { out: stage.output },
    options: stage.options,
    run: (inputs, options, ctx) => {
      const work = async (item: A, signal: AbortSignal) => [
        await stage.map(item, options, { ...ctx, signal }), // one value, also where it is an array
      ];
      return {
        out: inputs.in.pipe(owning(ctx.node, stage.concurrency ?? 1, work)),
      };
    },
  });
}

/**
 * Runs async work as an observable that aborts its signal when unsubscribed. A value that comes too late for
 * anyone to own it is released.
 */
export function abortable<T>(
  work: (signal: AbortSignal) => Promise<T>,
): Observable<T> {
  return new Observable((subscriber) => {
    const controller = new AbortController();
    const run = async () => {
      const value = await work(controller.signal);
      if (subscriber.closed) return release(value);
      subscriber.next(value);
      subscriber.complete();
    };
    run().catch((error) => subscriber.error(error));
    return () => controller.abort();
  });
}
