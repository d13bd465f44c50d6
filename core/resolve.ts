import { checkValue } from "./check_value.ts";
import { GraphError, type GraphIssue } from "./errors.ts";
import { followFacets } from "./facets.ts";
import type { GraphFile } from "./graph.ts";
import type { Issues } from "./issues.ts";
import { ancestors, dependencyOrder, type Edges } from "./order.ts";
import { Params } from "./params.ts";
import { type Endpoint, endpointName, type Plan } from "./plan.ts";
import { readGraph } from "./read_graph.ts";
import type { Registry } from "./registry.ts";
import type { AnyStage } from "./stage.ts";
import { didYouMean, nearest } from "./suggest.ts";
import { useModules } from "./use.ts";
import { resolveReference, type Scope, wireNode } from "./wiring.ts";

/** What {@linkcode resolveGraph} needs beside the graph. */
export interface ResolveOptions {
  readonly registry: Registry;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly trust?: boolean;
  readonly file: string;
  /** Where the graph file is; absent for a graph built in code. */
  readonly url?: URL;
  /** See `LoadOptions`. */
  readonly revise?: (graph: GraphFile, registry: Registry) => GraphFile;
}

/** Turns a graph as written into a plan; throws a GraphError with all issues, those found before included. */
export async function resolveGraph(
  value: unknown,
  options: ResolveOptions,
  issues: Issues,
): Promise<Plan> {
  const written = readGraph(value, issues);
  const registry = options.registry.fork();
  const trust = options.trust ?? false;
  await useModules(
    written.use ?? [],
    registry,
    { base: options.url, trust },
    issues,
  );
  const graph = issues.count === 0 && options.revise
    ? options.revise(written, registry)
    : written;
  const stages = findStages(graph, registry, issues);
  const params = new Params(graph.params ?? {}, options.params ?? {}, issues);
  const nodeOptions = readOptions(graph, stages, params, issues);
  const scope: Scope = { graph, stages, options: nodeOptions, issues };
  const edges: Edges = new Map(
    [...stages.keys()].map((name) => [name, wireNode(name, scope)]),
  );
  const outputs = findOutputs(scope);
  const { sorted, cycles } = dependencyOrder(edges);
  for (const cycle of cycles) {
    issues.add(["nodes", cycle[0]!], `Cycle: ${cycle.join(" -> ")}`, "key");
  }
  const facets = followFacets({
    order: sorted,
    stages,
    edges,
    registry,
    issues,
  });
  const found = issues.sorted();
  if (found.length > 0) throw new GraphError(options.file, found);
  return {
    file: options.file,
    version: graph.version,
    summary: graph.summary ?? "",
    nodes: sorted.map((name) => {
      const stage = stages.get(name)!;
      const ports = Object.keys(stage.outputs);
      return {
        name,
        stage,
        options: nodeOptions.get(name),
        inputs: edges.get(name)!,
        facets: Object.fromEntries(
          ports.map((port) => [
            port,
            facets.get(endpointName({ node: name, port })) ?? [],
          ]),
        ),
      };
    }),
    outputs,
    fuse: graph.fuse ?? "auto",
    params: params.values,
    warnings: findIdle(edges, outputs, issues),
  };
}

function findStages(
  graph: GraphFile,
  registry: Registry,
  issues: Issues,
): Map<string, AnyStage> {
  const stages = new Map<string, AnyStage>();
  for (const [name, node] of Object.entries(graph.nodes)) {
    const stage = registry.get(node.stage);
    if (stage) {
      stages.set(name, stage);
      continue;
    }
    const names = registry.names();
    const follows = issues.touches(["use"]) && !nearest(node.stage, names);
    if (follows) continue; // a module that could not be used may define it
    issues.add(
      ["nodes", name, "stage"],
      `Unknown stage '${node.stage}'${didYouMean(node.stage, names)}`,
    );
  }
  return stages;
}

/** Every node's options, with parameters filled in and checked. */
function readOptions(
  graph: GraphFile,
  stages: ReadonlyMap<string, AnyStage>,
  params: Params,
  issues: Issues,
): Map<string, unknown> {
  const options = new Map<string, unknown>();
  for (const [name, { with: written = {} }] of Object.entries(graph.nodes)) {
    const path = ["nodes", name, "with"];
    const filled = params.fill(written, path);
    const schema = stages.get(name)?.options;
    if (!schema) continue;
    const subject = { path, noun: "option", written };
    options.set(name, checkValue(schema, filled, subject, issues));
  }
  params.reportUnread();
  return options;
}

function findOutputs(scope: Scope): Record<string, Endpoint> {
  const outputs: Record<string, Endpoint> = {};
  const written = Object.entries(scope.graph.outputs);
  if (written.length === 0 && !scope.issues.touches(["outputs"])) {
    scope.issues.add(["outputs"], "Name at least one output, or nothing runs");
  }
  for (const [name, reference] of written) {
    const end = resolveReference(reference, ["outputs", name], scope);
    if (end) outputs[name] = end;
  }
  return outputs;
}

/** Warns about nodes that lead to no output. */
function findIdle(
  edges: Edges,
  outputs: Readonly<Record<string, Endpoint>>,
  issues: Issues,
): GraphIssue[] {
  const needed = ancestors(Object.values(outputs).map((e) => e.node), edges);
  return [...edges.keys()].filter((name) => !needed.has(name)).map((name) =>
    issues.describe(
      ["nodes", name],
      `Node '${name}' never runs: it leads to no output`,
      "key",
    )
  );
}
