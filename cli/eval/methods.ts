import { basename } from "node:path";
import { defaultGraph } from "../arguments/default_graph.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { readSettings } from "../experiment/settings_file.ts";
import type { Variation } from "../experiment/variation.ts";

/** What is compared: a graph with its changes, under a label. */
export interface MethodChoice extends Variation {
  readonly graph: string;
}

/**
 * Methods of `--graph name`, `--graph label=name` and of files of named settings, in that order; without any, the
 * default graph. A label that is there twice is a {@linkcode CliError}.
 */
export async function chooseMethods(
  graphs: readonly string[] = [],
  files: readonly string[] = [],
): Promise<MethodChoice[]> {
  const settings = await Promise.all(files.map(readSettings));
  const methods = [
    ...graphs.map(methodOf),
    ...settings.flat().map((one) => ({ graph: defaultGraph, ...one })),
  ];
  if (methods.length === 0) return [methodOf(defaultGraph)];
  const labels = methods.map(({ label }) => label);
  const twice = labels.find((label, i) => labels.indexOf(label) < i);
  if (twice === undefined) return methods;
  throw new CliError(
    ExitCode.usage,
    `Two methods are called '${twice}'; write --graph label=graph to call one of them otherwise`,
  );
}

function methodOf(text: string): MethodChoice {
  const [, label, graph] = /^([^=/\\]+)=(.+)$/.exec(text) ?? [];
  return {
    label: label ?? basename(text).replace(/\.(ya?ml|json)$/, ""),
    graph: graph ?? text,
    values: {},
    edits: [],
  };
}
