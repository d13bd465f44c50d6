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
  readonly edges: readonly { readonly from: GraphBox; readonly to: GraphBox }[];
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
  return {
    columns: Math.max(1, ...used),
    rows: used.length,
    boxes: [...boxes.values()],
    edges: nodes.flatMap((node) =>
      [...new Set(sources(node))].flatMap((name) => {
        const from = boxes.get(name);
        return from ? [{ from, to: boxes.get(node.name)! }] : [];
      })
    ),
  };
}
