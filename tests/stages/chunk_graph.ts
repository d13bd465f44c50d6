import { NEVER, type Observable, of, startWith } from "rxjs";
import { z } from "zod";
import { planGraph } from "../../core/load.ts";
import type { Plan } from "../../core/plan.ts";
import { type Port, single, stream } from "../../core/port.ts";
import { type AnyStage, defineStage, mapStage } from "../../core/stage.ts";
import { builtins } from "../../stages/builtins.ts";
import {
  Chunk,
  KvChunk,
  Model,
  Prompt,
  TokenizedDocument,
} from "../../stages/types.ts";
import type { FakeCase } from "./fake_case.ts";

/** A node: its stage by name or as it is, its inputs, its options. */
export type GraphNode = {
  readonly stage: string | AnyStage;
  readonly in: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
};

/** A plan of shipped stages and others, with the nodes `chunks`, `prompt`, `tokens` and `model` of a case. */
export async function chunkGraph(
  test: FakeCase,
  nodes: Readonly<Record<string, GraphNode>>,
  outputs: Readonly<Record<string, string>>,
  chunks: Observable<Chunk> = of(...test.chunks),
): Promise<Plan> {
  const given: Record<string, GraphNode> = {
    chunks: { stage: source(stream(Chunk), chunks), in: {} },
    prompt: { stage: source(single(Prompt), of(test.prompt)), in: {} },
    tokens: {
      stage: source(single(TokenizedDocument), of(test.tokens)),
      in: {},
    },
    model: {
      stage: source(single(Model), NEVER.pipe(startWith(test.model))),
      in: {},
    },
  };
  const registry = builtins();
  const written = Object.entries({ ...given, ...nodes }).map(([name, node]) => {
    if (typeof node.stage === "string") return [name, node];
    registry.add({ ...node.stage, name: `test.${name}` });
    return [name, { ...node, stage: `test.${name}` }];
  });
  return await planGraph({
    version: 1,
    nodes: Object.fromEntries(written),
    outputs: { ...outputs },
  }, { registry });
}

function source(out: Port, values: Observable<unknown>): AnyStage {
  return defineStage({
    name: "source",
    summary: "Gives what the test says",
    inputs: {},
    outputs: { out },
    options: z.object({}),
    run: () => ({ out: values }),
  });
}

/** A reader of chunks that takes its time and lets them go. */
export const drops = mapStage({
  name: "drops",
  summary: "Releases every chunk",
  input: stream(KvChunk),
  output: stream(Chunk),
  options: z.object({}),
  map: async (held) => {
    await Promise.resolve();
    held.release();
    return held.chunk;
  },
});
