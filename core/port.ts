import type { Observable } from "rxjs";
import { z } from "zod";

/** A named kind of value that can cross an edge; two ports connect only when they share one. */
export interface PortType<T> {
  /** For instance `pc/kv-chunk`. Names, not object identity, decide, so that two copies of the package fit together. */
  readonly name: string;
  /** Consulted in checked runs only. */
  readonly schema: z.ZodType<T>;
}

/**
 * Declares a port type.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { portType, stream } from "parallelcomp";
 *
 * const Sentence = portType<string>("my/sentence");
 * assert.equal(stream(Sentence).type.name, "my/sentence");
 * ```
 */
export function portType<T>(
  name: string,
  schema: z.ZodType<T> = z.custom<T>(),
): PortType<T> {
  return { name, schema };
}

/** What a port promises or asks for beyond its type. */
export interface PortTraits {
  /** An input that may stay unconnected. */
  readonly optional?: boolean;
  /** Optional input: whether a node with these options must connect it. */
  // deno-lint-ignore no-explicit-any
  readonly neededBy?: (options: any) => boolean;
  /**
   * Input: facets that every connected value must carry, for instance `["question"]`, or the part of one that is
   * read, `["question:log-probs"]`.
   */
  readonly needs?: readonly string[];
  /** Output: facets that this stage adds to the value. */
  readonly gives?: readonly string[];
  /** Output: the input port whose facets pass through to this output. */
  readonly like?: string;
}

/** One named input or output of a stage. */
export interface Port<T = unknown> extends PortTraits {
  readonly type: PortType<T>;
  readonly single: boolean;
}

/** A port that carries any number of values. */
export function stream<T>(type: PortType<T>, traits: PortTraits = {}): Port<T> {
  return { ...traits, type, single: false };
}

/**
 * A port that carries exactly one value, kept for late readers: a model, a tokenised document. An input of this
 * kind completes after its value; the output's own stream stays subscribed until every reader has ended, so that
 * what it tears down at the end (a model's sessions) lasts as long as it is needed.
 */
export function single<T>(type: PortType<T>, traits: PortTraits = {}): Port<T> {
  return { ...traits, type, single: true };
}

/** The ports of one side of a stage, by name. */
// deno-lint-ignore no-explicit-any
export type Ports = Readonly<Record<string, Port<any>>>;

/** The streams that belong to a set of ports. An unconnected optional input is an empty stream. */
export type Streams<P extends Ports> = {
  readonly [K in keyof P]: P[K] extends Port<infer T> ? Observable<T> : never;
};
