import {
  type Endpoint,
  endpointName,
  type Plan,
  type PlanNode,
} from "./plan.ts";
import { didYouMean } from "./suggest.ts";

/** What has to run for some outputs. */
export interface Demand {
  /** The nodes that are needed, in dependency order. */
  readonly nodes: readonly PlanNode[];
  /** How many readers every needed output has, by `node.port`. */
  readonly readers: ReadonlyMap<string, number>;
}

/** Finds what leads to the targets; a node whose needed outputs are all replaced does not run. */
export function demandOf(
  plan: Plan,
  targets: readonly Endpoint[],
  replaced: ReadonlySet<string>,
): Demand {
  const readers = new Map<string, number>();
  const read = (end: Endpoint) => {
    const name = endpointName(end);
    readers.set(name, (readers.get(name) ?? 0) + 1);
  };
  targets.forEach(read);
  const needed = plan.nodes.toReversed().filter((node) => { // readers first
    const outputs = Object.keys(node.stage.outputs)
      .map((port) => endpointName({ node: node.name, port }));
    const runs = outputs.some((o) => readers.has(o) && !replaced.has(o));
    if (runs) Object.values(node.inputs).flat().forEach(read);
    return runs;
  });
  return { nodes: needed.toReversed(), readers };
}

/**
 * The output that a caller names as `node.port`, or as `node` where it has one output.
 *
 * @param others Names that the caller could have meant as well.
 * @throws {RangeError} when the plan has no such output, or the node has several.
 */
export function findEndpoint(
  plan: Plan,
  reference: string,
  others: readonly string[] = [],
): Endpoint {
  const ends = plan.nodes.flatMap(({ name, stage }) =>
    Object.keys(stage.outputs).map((port) => ({ node: name, port }))
  );
  const found = ends.filter((end) =>
    endpointName(end) === reference || end.node === reference
  );
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    const names = found.map(endpointName).join(" or ");
    throw new RangeError(
      `Node '${reference}' has several outputs; write ${names}`,
    );
  }
  throw new RangeError(
    `The plan has no output '${reference}'${
      didYouMean(reference, [...others, ...ends.map(endpointName)])
    }`,
  );
}
