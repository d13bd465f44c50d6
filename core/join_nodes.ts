import type { Demand } from "./demand.ts";
import {
  type Endpoint,
  endpointName,
  type Plan,
  type PlanNode,
} from "./plan.ts";
import type { Port } from "./port.ts";

/** What a run asks of a plan. */
export interface Asked extends Demand {
  /** Outputs that the caller takes, by `node.port`. */
  readonly names: ReadonlySet<string>;
  /** Outputs that the caller gives. */
  readonly replaced: ReadonlySet<string>;
}

/** The one reader of a node, and both as one, or why they stay apart. */
export interface Pair {
  readonly next: PlanNode;
  readonly node: PlanNode | string;
}

/** Tries to join a node with the one that reads it; nothing where its stage fuses with none. */
export function joinNodes(
  plan: Plan,
  first: PlanNode,
  asked: Asked,
): Pair | undefined {
  if (!first.stage.fuse || !asked.nodes.includes(first)) return undefined;
  const readers = asked.nodes.flatMap((node) =>
    Object.entries(node.inputs).flatMap(([port, ends]) =>
      ends.filter((end) => end.node === first.name)
        .map((end) => ({ node, port, end }))
    )
  );
  const reader = readers.find(({ node }) => node.stage.follows) ?? readers[0];
  if (!reader) return undefined;
  const { node: next, port, end } = reader;
  const apart = keptApart({ first, next, port, end }, readers, asked);
  if (apart) return { next, node: apart };
  const { [port]: _, ...others } = next.inputs;
  for (const [name, ends] of Object.entries(others)) {
    const same = first.inputs[name];
    if (!same || sameEnds(same, ends)) continue;
    const node =
      `${first.name} and ${next.name} read different outputs on '${name}': ${
        [...same, ...ends].map(endpointName).join(", ")
      }`;
    return { next, node };
  }
  const stage = first.stage.fuse(first.options, {
    node: next.name,
    stage: next.stage,
    options: next.options,
    inputs: Object.keys(others),
    reads: (facet) => isRead(plan, next, facet, asked),
  });
  if (typeof stage === "string") return { next, node: stage };
  const node = {
    name: `${first.name}+${next.name}`,
    stage,
    options: { [first.name]: first.options, [next.name]: next.options },
    inputs: { ...first.inputs, ...others },
    facets: next.facets,
  };
  return { next, node };
}

interface Edge {
  readonly first: PlanNode;
  readonly next: PlanNode;
  readonly port: string;
  readonly end: Endpoint;
}

/** Why two neighbours cannot be one, whatever their stages are. */
function keptApart(
  { first, next, port, end }: Edge,
  readers: readonly { readonly node: PlanNode }[],
  { names, replaced }: Asked,
): string | undefined {
  const outputs = Object.keys(first.stage.outputs)
    .map((port) => endpointName({ node: first.name, port }));
  const taken = outputs.find((name) => names.has(name));
  if (taken) return `${taken} is asked for by itself`;
  const ends = Object.keys(next.stage.outputs)
    .map((port) => endpointName({ node: next.name, port }));
  const given = [...outputs, ...ends].find((name) => replaced.has(name));
  if (given) return `${given} is given by the caller`;
  const other = readers.find(({ node }) => node !== next);
  if (other) return `${endpointName(end)} is also read by ${other.node.name}`;
  if (readers.length > 1 || next.inputs[port]!.length > 1) {
    return `${next.name} reads several outputs: ${
      Object.values(next.inputs).flat().map(endpointName).join(", ")
    }`;
  }
  return undefined;
}

function sameEnds(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  const names = (ends: readonly Endpoint[]) =>
    ends.map(endpointName).sort().join();
  return names(a) === names(b);
}

/** Whether anything behind a node needs a facet of what it gives, or the caller takes it with all its facets. */
function isRead(
  plan: Plan,
  node: PlanNode,
  facet: string,
  asked: Asked,
): boolean {
  return Object.keys(node.stage.outputs).some((port) => {
    const name = endpointName({ node: node.name, port });
    if (asked.names.has(name)) return true;
    return asked.nodes.some((reader) =>
      Object.entries(reader.inputs).some(([input, ends]) => {
        if (!ends.some((end) => endpointName(end) === name)) return false;
        const { needs } = reader.stage.inputs[input] as Port;
        if (needs?.includes(facet)) return true;
        const outputs = Object.values(reader.stage.outputs) as Port[];
        return outputs.some(({ like }) => like === input) &&
          isRead(plan, reader, facet, asked);
      })
    );
  });
}
