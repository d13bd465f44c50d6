import type { Issues } from "./issues.ts";
import type { Edges } from "./order.ts";
import { type Endpoint, endpointName } from "./plan.ts";
import type { Port } from "./port.ts";
import type { Registry } from "./registry.ts";
import type { AnyStage } from "./stage.ts";

/** What is known about a graph when its facets are followed. */
export interface FacetScope {
  /** In dependency order. */
  readonly order: readonly string[];
  readonly stages: ReadonlyMap<string, AnyStage>;
  readonly edges: Edges;
  /** To name the stages that would help. */
  readonly registry: Registry;
  readonly issues: Issues;
}

/** Facets by output, `node.port`; absent where an earlier issue leaves them unknown. */
export type Facets = ReadonlyMap<string, readonly string[]>;

/**
 * Follows facets along the edges: an output carries what it gives, and what every edge into the input that it is
 * like carries. Reports inputs that need more than arrives.
 */
export function followFacets(scope: FacetScope): Facets {
  const facets = new Map<string, readonly string[]>();
  for (const node of scope.order) {
    const stage = scope.stages.get(node);
    if (!stage) continue;
    const inputs = Object.entries(stage.inputs) as [string, Port][];
    for (const [port, input] of inputs) {
      checkNeeds({ node, port }, input, facets, scope);
    }
    const outputs = Object.entries(stage.outputs) as [string, Port][];
    for (const [port, { gives = [], like }] of outputs) {
      const passed = like === undefined
        ? []
        : arriving({ node, port: like }, facets, scope);
      if (!passed) continue;
      const all = new Set([...gives, ...passed]);
      facets.set(endpointName({ node, port }), [...all].sort());
    }
  }
  return facets;
}

/** What every edge into an input carries; `undefined` where an earlier issue hides it. */
function arriving(
  input: Endpoint,
  facets: Facets,
  { edges, issues }: FacetScope,
): readonly string[] | undefined {
  if (issues.touches(["nodes", input.node, "in", input.port])) return undefined;
  const ends = edges.get(input.node)?.[input.port] ?? [];
  const known = ends.flatMap((end) => {
    const carried = facets.get(endpointName(end));
    return carried ? [carried] : [];
  });
  if (known.length < ends.length) return undefined;
  const [first = [], ...others] = known;
  return first.filter((facet) => others.every((o) => o.includes(facet)));
}

function checkNeeds(
  input: Endpoint,
  { needs = [], type }: Port,
  facets: Facets,
  { edges, registry, issues }: FacetScope,
): void {
  const path = ["nodes", input.node, "in", input.port];
  if (issues.touches(path)) return;
  for (const end of edges.get(input.node)?.[input.port] ?? []) {
    const carried = facets.get(endpointName(end));
    if (!carried) continue;
    for (const facet of needs.filter((need) => !covers(carried, need))) {
      const givers = registry.entries()
        .filter(({ stage }) => gives(stage, facet, type.name))
        .map(({ stage }) => stage.name);
      const remedy = givers.length > 0
        ? `stages that give it: ${givers.join(", ")}`
        : "no known stage gives it";
      issues.add(
        path,
        `Facet '${facet}' is missing on ${endpointName(end)} -> ${
          endpointName(input)
        }; ${remedy}`,
      );
    }
  }
}

function gives(stage: AnyStage, facet: string, type: string): boolean {
  const outputs = Object.values(stage.outputs) as Port[];
  return outputs.some((output) =>
    output.type.name === type && covers(output.gives ?? [], facet)
  );
}

/** Whether a need is met: by the facet itself, or, where it is a part of one (`question:log-probs`), by the whole. */
function covers(facets: readonly string[], need: string): boolean {
  return facets.some((facet) => need === facet || need.startsWith(`${facet}:`));
}
