import { GraphError } from "../../core/errors.ts";
import { loadGraph, type LoadOptions } from "../../core/load.ts";
import type { Plan } from "../../core/plan.ts";
import { testRegistry } from "./test_stages.ts";

/** Loads a graph from text, as a file `g.yaml` in an otherwise empty folder. */
export async function loadText(
  text: string,
  options: Partial<LoadOptions> = {},
  others: Readonly<Record<string, string>> = {},
): Promise<Plan> {
  const folder = await Deno.makeTempDir();
  try {
    for (
      const [name, content] of Object.entries({ ...others, "g.yaml": text })
    ) {
      await Deno.writeTextFile(`${folder}/${name}`, content);
    }
    const url = new URL(`file://${folder}/g.yaml`);
    return await loadGraph(url, { registry: testRegistry(), ...options });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The issues of a graph, one a line as users see them, without the file's name. */
export async function issuesOf(
  text: string,
  options: Partial<LoadOptions> = {},
  others: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  try {
    await loadText(text, options, others);
    return [];
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return error.message.split("\n").map((line) =>
      line.replace(/^g.yaml:?/, "")
    );
  }
}

/** The issues of a graph that has the given nodes, and ends with an output. */
export function issuesOfNodes(nodes: string): Promise<string[]> {
  return issuesOf(`version: 1\nnodes:\n${nodes}\noutputs: { o: w }\n`);
}
