import type { NodeProto } from "onnx-buf";
import { type AttentionSite, UnreadableAttention } from "./attention_site.ts";
import { attribute, type GraphIndex } from "./graph_index.ts";
import { groupedSite } from "./grouped_site.ts";
import { writtenSite } from "./written_site.ts";

/**
 * Where each layer of an exported decoder attends.
 *
 * @throws {UnreadableAttention} That names the layer and what stands in the way.
 */
export function findSites(graph: GraphIndex, layers: number): AttentionSite[] {
  return Array.from({ length: layers }, (_, layer) => {
    try {
      return siteOf(graph, layer);
    } catch (cause) {
      if (!(cause instanceof UnreadableAttention)) throw cause;
      const problem = `layer ${layer}: ${cause.message}`;
      throw new UnreadableAttention(problem, { cause });
    }
  });
}

function siteOf(graph: GraphIndex, layer: number): AttentionSite {
  const past = `past_key_values.${layer}.key`;
  const operator = graph.consumers(past).find(({ opType }) =>
    opType === "GroupQueryAttention"
  );
  if (operator) return groupedSite(operator);
  return writtenSite(graph, {
    key: concatOf(graph, past),
    value: concatOf(graph, `past_key_values.${layer}.value`),
  });
}

/** The node that puts new entries behind the cache's. */
function concatOf(graph: GraphIndex, past: string): NodeProto {
  const readers = graph.consumers(past);
  const concat = readers.find((node) => {
    const axis = Number(attribute(node, "axis")?.i ?? 0);
    return node.opType === "Concat" && node.input.length === 2 &&
      node.input[0] === past && (axis === 2 || axis === -2);
  });
  if (concat) return concat;
  const found = readers.map(({ opType }) => opType).join(", ");
  throw new UnreadableAttention(
    `"${past}" is read by ${
      found || "nothing"
    }; Concat and GroupQueryAttention are understood`,
  );
}
