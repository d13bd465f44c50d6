import type { AttentionSite } from "./attention_site.ts";
import { type GraphIndex, readsOf } from "./graph_index.ts";

/** The graph's inputs that what lies around attention reads, each with a node that does. */
export function liveInputs(
  graph: GraphIndex,
  sites: readonly AttentionSite[],
): Map<string, string> {
  const sources = new Map(
    sites.map(({ output, query, key, value, rotary }) => [
      output,
      [query, key, value, rotary?.cos, rotary?.sin].filter((name) => !!name),
    ]),
  );
  const inputs = new Set(graph.file.inputs.map(({ name }) => name));
  const live = new Map<string, string>();
  const seen = new Set<string>();
  const waiting = [{ name: "logits", reader: "" }];
  while (waiting.length > 0) {
    const { name, reader } = waiting.pop()!;
    if (seen.has(name)) continue;
    seen.add(name);
    const attended = sources.get(name);
    const node = graph.producer(name);
    if (attended) {
      waiting.push(...attended.map((n) => ({ name: n as string, reader })));
    } else if (node) {
      const operator = node.name || node.opType;
      for (const read of readsOf(node)) {
        waiting.push({ name: read, reader: operator });
      }
    } else if (inputs.has(name) && !graph.file.initializers.has(name)) {
      live.set(name, reader);
    }
  }
  return live;
}
