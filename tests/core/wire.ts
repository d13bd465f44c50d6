import { type Observable, of } from "rxjs";
import { z } from "zod";
import { planGraph } from "../../core/load.ts";
import type { Plan } from "../../core/plan.ts";
import { type Port, single, stream } from "../../core/port.ts";
import { Registry } from "../../core/registry.ts";
import {
  type AnyStage,
  defineStage,
  type StageContext,
} from "../../core/stage.ts";
import { Word } from "./test_stages.ts";

/** A node for {@linkcode wire}: its stage and its edges. */
export type Wired =
  | AnyStage
  | readonly [
    stage: AnyStage,
    inputs: string | readonly string[] | Readonly<Record<string, string>>,
  ];

/** A plan of nodes that hold their stages; outputs name nodes, or `node.port`. */
export async function wire(
  nodes: Readonly<Record<string, Wired>>,
  outputs: Readonly<Record<string, string>>,
): Promise<Plan> {
  const registry = new Registry();
  const written = Object.entries(nodes).map(([name, wired]) => {
    const [stage, inputs] = Array.isArray(wired) ? wired : [wired, {}];
    registry.add({ ...stage, name: `test.${name}` });
    return [name, { stage: `test.${name}`, in: inputs }];
  });
  return await planGraph({
    version: 1,
    nodes: Object.fromEntries(written),
    outputs: { ...outputs },
  }, { registry });
}

/** A stage that gives this stream of anything. */
export function source(
  make: (ctx: StageContext) => Observable<unknown>,
): AnyStage {
  return defineStage({
    name: "source",
    summary: "Gives what the test says",
    inputs: {},
    outputs: { out: stream(Word) as Port },
    options: z.object({}),
    run: (_inputs, _options, ctx) => ({ out: make(ctx) }),
  });
}

/** A stage that gives this stream, which is to hold one value. */
export function singleSource(
  make: (ctx: StageContext) => Observable<unknown>,
): AnyStage {
  return { ...source(make), outputs: { out: single(Word) } };
}

/** A stage from one stream to another. */
export function pipe(
  make: (
    input: Observable<string>,
    ctx: StageContext,
  ) => Observable<unknown>,
): AnyStage {
  return defineStage({
    name: "pipe",
    summary: "Does what the test says",
    inputs: { in: stream(Word) },
    outputs: { out: stream(Word) as Port },
    options: z.object({}),
    run: (inputs, _options, ctx) => ({ out: make(inputs.in, ctx) }),
  });
}

/** Passes everything on. */
export const pass = (): AnyStage => pipe((input) => input);

/** A stage that reads a stream and a single value. */
export function pipeWith(
  make: (
    input: Observable<string>,
    value: Observable<string>,
  ) => Observable<unknown>,
): AnyStage {
  return defineStage({
    name: "pipe-with",
    summary: "Does what the test says, with a single value",
    inputs: { in: stream(Word), value: single(Word) },
    outputs: { out: stream(Word) as Port },
    options: z.object({}),
    run: (inputs) => ({ out: make(inputs.in, inputs.value) }),
  });
}

/** A source that counts how often it was run. */
export function counted(...values: string[]): AnyStage & { runs: number } {
  const stage = { ...source(() => of()), runs: 0 };
  return Object.assign(stage, {
    run: () => {
      stage.runs++;
      return { out: of(...values) };
    },
  });
}
