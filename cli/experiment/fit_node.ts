import {
  type AnyStage,
  type GraphFile,
  type GraphNode,
  onlyInput,
  type Port,
  type Registry,
} from "../../mod.ts";

/** References of one input, as a graph file writes them. */
type References = string | string[];

/** A node that was fitted to another stage. */
export interface FittedNode {
  readonly node: GraphNode;
  /** Options of the file that the stage does not have. */
  readonly left: readonly string[];
}

/**
 * Puts a stage into a node's place. The node's options and inputs stay as far as the stage has them; an input that it
 * requires beside is connected where one output of the graph alone has its type (model, prompt, …), and an option
 * `seed` follows the graph's parameter of that name. What still does not fit is left for the loader to report.
 */
export function fitNode(
  name: string,
  stage: AnyStage,
  graph: GraphFile,
  registry: Registry,
): FittedNode {
  const node = graph.nodes[name]!;
  const before = registry.get(node.stage);
  const known = optionNames(stage);
  const written = Object.entries(node.with ?? {});
  const kept = written.filter(([option]) => !known || known.includes(option));
  const options = Object.fromEntries(kept);
  const hasSeed = known?.includes("seed") && !("seed" in options);
  if (hasSeed && Object.hasOwn(graph.params ?? {}, "seed")) {
    options.seed = "${seed}";
  }
  const inputs = fitInputs(inputsOf(node, before), before, stage);
  for (const [port, input] of portsOf(stage.inputs)) {
    if (input.optional || port in inputs) continue;
    const [source, ...others] = outputsOfType(input, name, graph, registry);
    if (source && others.length === 0) inputs[port] = source;
  }
  return {
    node: { stage: stage.name, in: inputs, with: options },
    left: written.map(([option]) => option).filter((o) => !(o in options)),
  };
}

/** A node's inputs by port; a single reference belongs to the only port that it can mean. */
function inputsOf(
  { in: written = {} }: GraphNode,
  stage: AnyStage | undefined,
): Record<string, References> {
  if (typeof written !== "string" && !Array.isArray(written)) return written;
  const port = stage && onlyInput(stage.inputs);
  return port === undefined ? {} : { [port]: written };
}

/** Inputs under the new stage's names: by name, else by type. */
function fitInputs(
  inputs: Readonly<Record<string, References>>,
  before: AnyStage | undefined,
  stage: AnyStage,
): Record<string, References> {
  const ports = portsOf(stage.inputs);
  const fitted: Record<string, References> = {};
  for (const [name, references] of Object.entries(inputs)) {
    const type = (before?.inputs[name] as Port | undefined)?.type.name;
    const same = ports.find(([port]) => port === name);
    const alike = ports.find(([port, { type: t }]) =>
      t.name === type && !(port in fitted) && !(port in inputs)
    );
    const [port] = same ?? alike ?? [];
    if (port !== undefined) fitted[port] = references;
  }
  return fitted;
}

/** Outputs of the graph's other nodes that an input could read. */
function outputsOfType(
  input: Port,
  own: string,
  graph: GraphFile,
  registry: Registry,
): string[] {
  return Object.entries(graph.nodes).flatMap(([name, { stage }]) =>
    name === own ? [] : portsOf(registry.get(stage)?.outputs ?? {})
      .filter(([, { type }]) => type.name === input.type.name)
      .map(([port]) => `${name}.${port}`)
  );
}

function portsOf(ports: object): [string, Port][] {
  return Object.entries(ports);
}

/** Names of a stage's options; nothing where its schema is no plain object. */
function optionNames({ options }: AnyStage): string[] | undefined {
  let def = options?._zod?.def;
  while (def?.type === "pipe") def = def.in._zod.def;
  return def?.type === "object" ? Object.keys(def.shape) : undefined;
}
