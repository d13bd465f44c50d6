import { type Port, single, stream } from "../../../core/port.ts";
import {
  Chunk,
  KvChunk,
  Model,
  Prompt,
  TokenizedDocument,
} from "../../types.ts";

/** What a chunk scorer may ask for beside keys and values; other names are facets of the chunks. */
export type ChunkNeed =
  | "question"
  | "log-probs"
  | "attention"
  | "prior"
  | "text";

/** What a need asks of the graph. */
interface Asked {
  /** Facets of the chunks. */
  readonly facets: readonly string[];
  readonly ports: readonly (keyof typeof ports)[];
}

const ports = {
  prompt: single(Prompt),
  model: single(Model),
  tokens: single(TokenizedDocument),
  /** All chunks, straight from the chunker. */
  corpus: stream(Chunk),
};

const asked: Readonly<Record<ChunkNeed, Asked>> = {
  question: { facets: ["question"], ports: [] },
  "log-probs": { facets: ["question:log-probs"], ports: [] },
  attention: { facets: ["question"], ports: ["model"] },
  prior: { facets: [], ports: ["model", "prompt"] },
  text: { facets: [], ports: ["tokens", "corpus", "prompt"] },
};

/** Needs that a rule has under some of its options only. */
export type NeedsWith<O> = Readonly<
  Partial<Record<ChunkNeed, (options: O) => boolean>>
>;

/**
 * Inputs of a scorer's stage: the chunks with the facets that are needed, and a port for whatever else is. A port
 * that only some options need may stay unconnected under the others.
 */
export function scorerInputs<O>(
  needs: readonly string[],
  needsWith: NeedsWith<O>,
): Record<string, Port> {
  const facets = needs.flatMap((need) => asksOf(need)?.facets ?? [need]);
  const inputs: Record<string, Port> = {
    chunks: stream(KvChunk, { needs: [...new Set(facets)] }),
    prompt: { ...ports.prompt, optional: true },
  };
  for (const [need, when] of Object.entries(needsWith)) {
    for (const port of asksOf(need)!.ports) {
      const before = inputs[port]?.neededBy;
      const neededBy = (options: O) => before?.(options) || when!(options);
      inputs[port] = { ...ports[port], optional: true, neededBy };
    }
  }
  for (const need of needs) {
    for (const port of asksOf(need)?.ports ?? []) inputs[port] = ports[port];
  }
  return inputs;
}

function asksOf(need: string): Asked | undefined {
  return Object.hasOwn(asked, need) ? asked[need as ChunkNeed] : undefined;
}
