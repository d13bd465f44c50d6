import type { RunRecord } from "../record/run_record.ts";

/** A node's place in the picture. */
export interface GraphBox {
  readonly name: string;
  readonly stage: string;
  readonly column: number;
  readonly row: number;
}

/** Places of a graph's nodes, and what connects them. */
export interface GraphLayout {
  readonly columns: number;
  readonly rows: number;
  readonly boxes: readonly GraphBox[];
  readonly edges: readonly GraphEdge[];
  /** Ways around the boxes. */
  readonly tracks: number;
}

/** What a node reads. */
export interface GraphEdge {
  readonly from: GraphBox;
  readonly to: GraphBox;
  /** The way around the boxes of an edge that skips rows; one for all edges that leave a node. */
  readonly track?: number;
}

/** Puts every node as far up as what it reads allows; those of a row side by side. */
export function layoutGraph(
  { nodes }: Pick<RunRecord["graph"], "nodes">,
): GraphLayout {
  const boxes = new Map<string, GraphBox>();
  const used: number[] = []; // columns taken, by row
  const sources = ({ inputs }: typeof nodes[number]) =>
    Object.values(inputs).flat().map((end) => end.split(".")[0]!);
  for (const node of nodes) { // in dependency order
    const rows = sources(node).map((name) => boxes.get(name)?.row ?? -1);
    const row = Math.max(-1, ...rows) + 1;
    const column = used[row] ?? 0;
    used[row] = column + 1;
    const { name, stage } = node;
    boxes.set(name, { name, stage, column, row });
  }
  const tracks: string[] = []; // by node
  const edge = (from: GraphBox, to: GraphBox): GraphEdge => {
    if (to.row - from.row < 2) return { from, to };
    if (!tracks.includes(from.name)) tracks.push(from.name);
    return { from, to, track: tracks.indexOf(from.name) };
  };
  const edges = nodes.flatMap((node) =>
    [...new Set(sources(node))].flatMap((name) => {
      const from = boxes.get(name);
      return from ? [edge(from, boxes.get(node.name)!)] : [];
    })
  );
  return {
    columns: Math.max(1, ...used),
    rows: used.length,
    boxes: [...boxes.values()],
    edges,
    tracks: tracks.length,
  };
}
