import type { Path } from "./errors.ts";
import type { GraphFile, GraphNode } from "./graph.ts";
import type { Issues } from "./issues.ts";
import { type Endpoint, endpointName } from "./plan.ts";
import type { Port } from "./port.ts";
import type { AnyStage } from "./stage.ts";
import { didYouMean, nearest } from "./suggest.ts";
import { onlyInput } from "./only_input.ts";

/** What edges are checked against. */
export interface Scope {
  readonly graph: GraphFile;
  /** The stage of every node that has a known one. */
  readonly stages: ReadonlyMap<string, AnyStage>;
  /** Every node's options as its stage will see them; absent where they are wrong. */
  readonly options: ReadonlyMap<string, unknown>;
  readonly issues: Issues;
}

/** References of one input as written, with the place of each. */
interface Written {
  readonly port: string;
  readonly references: readonly (readonly [reference: string, path: Path])[];
}

/** Finds the output that `node` or `node.port` names. */
export function resolveReference(
  reference: string,
  path: Path,
  { graph, stages, issues }: Scope,
): Endpoint | undefined {
  const [node, port] = reference.split(".") as [string, string?];
  const stage = stages.get(node);
  if (!stage) {
    const known = Object.hasOwn(graph.nodes, node) ||
      issues.touches(["nodes", node]);
    if (known) return undefined; // its own issue says enough
    const names = Object.keys(graph.nodes);
    issues.add(path, `Unknown node '${node}'${didYouMean(node, names)}`);
    return undefined;
  }
  const ports = Object.keys(stage.outputs);
  if (port === undefined && ports.length === 1) {
    return { node, port: ports[0]! };
  }
  if (port !== undefined && ports.includes(port)) return { node, port };
  if (ports.length === 0) {
    issues.add(path, `Node '${node}' (${stage.name}) has no outputs`);
  } else if (port === undefined) {
    const choices = ports.map((name) => `${node}.${name}`).join(" or ");
    issues.add(path, `Node '${node}' has several outputs; write ${choices}`);
  } else {
    issues.add(
      path,
      `Node '${node}' (${stage.name}) has no output '${port}'${
        didYouMean(port, ports)
      }`,
    );
  }
  return undefined;
}

/** Resolves and checks every edge into a node. */
export function wireNode(
  name: string,
  scope: Scope,
): Record<string, Endpoint[]> {
  const { graph, stages, issues } = scope;
  const stage = stages.get(name)!;
  const wired: Record<string, Endpoint[]> = {};
  const inputs = writtenInputs(name, graph.nodes[name]!, scope);
  for (const written of inputs) {
    const input = stage.inputs[written.port] as Port;
    const ends: Endpoint[] = [];
    for (const [reference, path] of written.references) {
      const end = resolveReference(reference, path, scope);
      if (!end) {
        issues.excuse(path); // also where it names a node that is itself broken
        continue;
      }
      const misfit = checkEdge(end, { node: name, port: written.port }, scope);
      if (misfit) issues.add(path, misfit);
      else if (ends.some((e) => endpointName(e) === endpointName(end))) {
        issues.add(path, `'${endpointName(end)}' is listed twice`);
      }
      ends.push(end);
    }
    if (input.single && ends.length > 1) {
      issues.add(
        ["nodes", name, "in", written.port],
        `Input '${written.port}' takes one value, but ${ends.length} outputs are connected`,
      );
    }
    if (ends.length > 0) wired[written.port] = ends;
  }
  for (
    const [port, input] of Object.entries(stage.inputs) as [string, Port][]
  ) {
    const path = ["nodes", name, "in", port];
    const written = inputs.some((input) => input.port === port);
    const options = scope.options.get(name);
    const asked = options !== undefined && input.neededBy?.(options);
    if (written || issues.touches(path)) continue;
    if (input.optional && !asked) continue;
    issues.add(
      path,
      `Input '${port}' (${input.type.name}) of stage '${stage.name}' is not connected${
        asked ? ", but its options need it" : ""
      }${givers(name, input, scope)}`,
    );
  }
  return wired;
}

/** Which other nodes of the graph give what an input takes, in words. */
function givers(node: string, input: Port, { stages }: Scope): string {
  const found = [...stages].filter(([name, { outputs }]) =>
    name !== node &&
    (Object.values(outputs) as Port[]).some(({ type, single }) =>
      type.name === input.type.name && (single || !input.single)
    )
  ).map(([name]) => name);
  if (found.length === 0) return "";
  const others = found.length > 4 ? ", …" : "";
  return `; nodes that give it: ${found.slice(0, 4).join(", ")}${others}`;
}

/** What is wrong with one edge, in words. */
function checkEdge(
  from: Endpoint,
  to: Endpoint,
  { stages }: Scope,
): string | undefined {
  const output = stages.get(from.node)!.outputs[from.port] as Port;
  const input = stages.get(to.node)!.inputs[to.port] as Port;
  if (output.type.name !== input.type.name) {
    return `Type mismatch: ${endpointName(from)} is ${output.type.name}, ${
      endpointName(to)
    } wants ${input.type.name}`;
  }
  if (input.single && !output.single) {
    return `${endpointName(to)} takes one value, but ${
      endpointName(from)
    } is a stream`;
  }
  return undefined;
}

/** The inputs of a node as written, by port; reports what names no port. */
function writtenInputs(
  name: string,
  { in: written = {} }: GraphNode,
  { stages, issues }: Scope,
): Written[] {
  const stage = stages.get(name)!;
  const ports = Object.keys(stage.inputs);
  const path = ["nodes", name, "in"];
  if (typeof written === "string" || Array.isArray(written)) {
    const only = onlyInput(stage.inputs);
    if (only !== undefined) return [list(only, written, path)];
    issues.add(
      path,
      ports.length === 0
        ? `Stage '${stage.name}' has no inputs; remove 'in'`
        : `Stage '${stage.name}' has several inputs; name them: ${
          ports.join(", ")
        }`,
    );
    return [];
  }
  return Object.entries(written).flatMap(([port, references]) => {
    const place = [...path, port];
    if (ports.includes(port)) return [list(port, references, place)];
    issues.add(
      place,
      `Stage '${stage.name}' has no input '${port}'${didYouMean(port, ports)}`,
      "key",
    );
    const near = nearest(port, ports);
    if (near) issues.excuse([...path, near]);
    return [];
  });
}

function list(
  port: string,
  written: string | readonly string[],
  path: Path,
): Written {
  const references = typeof written === "string"
    ? [[written, path] as const]
    : written.map((reference, i) => [reference, [...path, i]] as const);
  return { port, references };
}
