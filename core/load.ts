import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { GraphError } from "./errors.ts";
import type { GraphFile } from "./graph.ts";
import { Issues } from "./issues.ts";
import type { Plan } from "./plan.ts";
import { readSource } from "./read_source.ts";
import type { Registry } from "./registry.ts";
import { resolveGraph } from "./resolve.ts";

/** Options of {@linkcode loadGraph} and {@linkcode planGraph}. */
export interface LoadOptions {
  /** The stages that graphs may name; modules under `use:` add to a copy of it. */
  readonly registry: Registry;
  /** Values that replace the defaults of the graph's parameters. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Allow `use:` to import modules from outside the graph's folder and from anywhere else (default: no). */
  readonly trust?: boolean;
  /** What messages call the graph (default: the file's name without its folder, or `graph`). */
  readonly file?: string;
  /**
   * Changes the graph after it was read and before it is checked: for experiments that exchange stages or options.
   * The registry has the stages of `use:` too. Not called where the file itself cannot be read.
   */
  readonly revise?: (graph: GraphFile, registry: Registry) => GraphFile;
}

/**
 * Reads a graph file (YAML or JSON), checks it and resolves it. Modules under its `use:` are imported, which runs
 * their code; no stage runs.
 *
 * @param graph The file: a URL, or as text a path (relative to the current folder) or a `file:` URL.
 * @throws {GraphError} with everything that is wrong, each with its line.
 * @throws {TypeError} when it is neither; a graph that is there as a value goes to {@linkcode planGraph}.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { builtins, loadGraph } from "parallelcomp";
 *
 * const file = new URL("../graphs/parallelcomp.yaml", import.meta.url);
 * const plan = await loadGraph(file, { registry: builtins(), params: { keepChunks: 2 } });
 * assert.deepEqual(Object.keys(plan.outputs), ["text", "answer"]);
 * ```
 */
export async function loadGraph(
  graph: string | URL,
  options: LoadOptions,
): Promise<Plan> {
  const url = fileUrl(graph);
  const name = decodeURIComponent(url.pathname.split("/").at(-1)!);
  const file = options.file ?? name;
  let source: string;
  try {
    source = await Deno.readTextFile(url);
  } catch (error) {
    const message = `Cannot read the graph: ${(error as Error).message}`;
    throw new GraphError(file, [{ path: [], message }]);
  }
  if (source.includes("\0")) {
    const message = "It holds NUL bytes, so it is no YAML or JSON text";
    throw new GraphError(file, [{ path: [], message }]);
  }
  const { value, issues } = readSource(source);
  if (value === undefined) throw new GraphError(file, issues.sorted());
  const plan = await resolveGraph(value, { ...options, file, url }, issues);
  return { ...plan, source };
}

/** The URL of a graph file; a single letter before a colon is a drive. */
function fileUrl(graph: string | URL): URL {
  if (graph instanceof URL) return graph;
  if (typeof graph !== "string" || graph === "") {
    throw new TypeError(
      "A graph file is named by its path or URL; for a graph built in code call planGraph()",
    );
  }
  const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(graph);
  return isUrl ? new URL(graph) : pathToFileURL(resolve(graph));
}

/**
 * Checks and resolves a graph that was built in code; as {@linkcode loadGraph}, but issues have no lines.
 *
 * @throws {GraphError} with everything that is wrong.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { defineStage, planGraph, portType, Registry, runGraph, single } from "parallelcomp";
 * import { firstValueFrom, of } from "rxjs";
 * import { z } from "zod";
 *
 * const hello = defineStage({
 *   name: "my.hello",
 *   summary: "Says hello",
 *   inputs: {},
 *   outputs: { text: single(portType<string>("my/text")) },
 *   options: z.object({ name: z.string() }),
 *   run: (_inputs, { name }) => ({ text: of(`Hello ${name}`) }),
 * });
 * const graph = {
 *   version: 1 as const,
 *   nodes: { hello: { stage: "my.hello", with: { name: "you" } } },
 *   outputs: { text: "hello" },
 * };
 * const plan = await planGraph(graph, { registry: new Registry().add(hello) });
 * const { outputs } = runGraph(plan);
 * assert.equal(await firstValueFrom(outputs.text!), "Hello you");
 * ```
 */
export async function planGraph(
  graph: GraphFile,
  options: LoadOptions,
): Promise<Plan> {
  const named = { ...options, file: options.file ?? "graph" };
  return await resolveGraph(graph, named, new Issues());
}
