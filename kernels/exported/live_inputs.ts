import type { NodeProto } from "onnx-buf";
import type { AttentionSite } from "./attention_site.ts";
import { readsOf } from "../onnx/live_nodes.ts";
import type { GraphIndex } from "./graph_index.ts";

/** The graph's inputs that what lies around attention reads, each with the nodes that do. */
export function liveInputs(
  graph: GraphIndex,
  sites: readonly AttentionSite[],
): Map<string, NodeProto[]> {
  const sources = new Map(
    sites.map(({ output, query, key, value, rotary }) => [
      output,
      [query, key, value, rotary?.cos, rotary?.sin].flatMap((name) =>
        name || []
      ),
    ]),
  );
  const inputs = new Set(graph.file.inputs.map(({ name }) => name));
  const live = new Map<string, NodeProto[]>();
  const seen = new Set<NodeProto | string>();
  const waiting = ["logits"];
  while (waiting.length > 0) {
    const name = waiting.pop()!;
    if (seen.has(name)) continue;
    seen.add(name);
    const attended = sources.get(name);
    const node = graph.producer(name);
    if (attended) waiting.push(...attended);
    if (attended || !node || seen.has(node)) continue;
    seen.add(node);
    for (const read of readsOf(node)) {
      if (inputs.has(read) && !graph.file.initializers.has(read)) {
        live.set(read, [...live.get(read) ?? [], node]);
      } else waiting.push(read);
    }
  }
  return live;
}
