import { of } from "rxjs";
import { z } from "zod";
import { type Port, type PortType, portType, single } from "../../core/port.ts";
import { defineStage, type Stage } from "../../core/stage.ts";

/** What an allocator may look at. */
export interface AllocatorInput {
  /** Scores of every entry, higher is better; padding is −Infinity, protected entries are +Infinity. */
  readonly scores: readonly Float32Array[]; // layers × [kvHeads, entries]
  readonly kvHeads: number;
  /** Entries a KV head has room for, by layer. */
  readonly entries: readonly number[];
  /** Entries a head keeps on average. */
  readonly budget: number;
  /** Index of the chunk; absent where entries of several are joined. */
  readonly chunk?: number;
}

/** Says how many entries every KV head keeps: a pure function to [layers · kvHeads]. */
export type Allocator = (input: AllocatorInput) => Int32Array;

/** Port type of {@linkcode Allocator}. */
export const Allocator: PortType<Allocator> = portType("pc/allocator");

/** A rule that shares out a chunk's budget. */
export interface AllocatorSpec<C extends z.ZodType> {
  /** For instance `allocate.uniform`. */
  readonly name: string;
  readonly summary?: string;
  readonly options?: C;
  allocate(input: AllocatorInput, options: z.output<C>): Int32Array;
}

const NoOptions = z.strictObject({});

/** Turns a rule into a stage that gives evictors their {@linkcode Allocator}. */
export function defineAllocator<C extends z.ZodType = typeof NoOptions>(
  spec: AllocatorSpec<C>,
): Stage<Record<never, never>, { allocator: Port<Allocator> }, C> {
  return defineStage({
    name: spec.name,
    summary: spec.summary ?? "An allocator of a user module",
    inputs: {},
    outputs: { allocator: single(Allocator) as Port<Allocator> },
    options: spec.options ?? NoOptions as unknown as C,
    run: (_inputs, options) => ({
      allocator: of((input: AllocatorInput) => spec.allocate(input, options)),
    }),
  });
}
