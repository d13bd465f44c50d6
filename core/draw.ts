import type { Plan } from "./plan.ts";
import type { Port } from "./port.ts";

/**
 * A plan as a Mermaid flowchart. Streams are solid arrows, single values dotted ones; an arrow is labelled by the
 * type of its values and the facets that they carry.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { builtins, drawMermaid, planGraph } from "parallelcomp";
 *
 * const plan = await planGraph({
 *   version: 1,
 *   nodes: { document: { stage: "source.stdin" } },
 *   outputs: { text: "document" },
 * }, { registry: builtins() });
 * assert.match(drawMermaid(plan), /n0\["document<br\/>source.stdin"\]/);
 * ```
 */
export function drawMermaid(plan: Plan): string {
  const ids = new Map(plan.nodes.map(({ name }, i) => [name, `n${i}`]));
  const lines = plan.nodes.map(({ name, stage }) =>
    `${ids.get(name)}["${escape(name)}<br/>${escape(stage.name)}"]`
  );
  const arrow = (node: string, port: string) => {
    const { stage, facets } = plan.nodes.find(({ name }) => name === node)!;
    const { single, type }: Port = stage.outputs[port];
    const label = [type.name, ...facets[port]!.map((f) => `+${f}`)].join(" ");
    return `${single ? "-.->" : "-->"}|"${escape(label)}"|`;
  };
  for (const { name, inputs } of plan.nodes) {
    for (const { node, port } of Object.values(inputs).flat()) {
      lines.push(`${ids.get(node)} ${arrow(node, port)} ${ids.get(name)}`);
    }
  }
  for (const [i, [name, end]] of Object.entries(plan.outputs).entries()) {
    const title = `o${i}(["${escape(name)}"])`;
    lines.push(`${ids.get(end.node)} ${arrow(end.node, end.port)} ${title}`);
  }
  return ["flowchart TD", ...lines.map((line) => `  ${line}`), ""].join("\n");
}

/** Mermaid reads quotes and number signs as its own. */
function escape(text: string): string {
  return text.replaceAll("#", "#35;").replaceAll('"', "#quot;");
}
