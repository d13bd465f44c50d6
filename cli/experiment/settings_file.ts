import { parse } from "yaml";
import { z } from "zod";
import { GraphNode } from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { requirePermission } from "../arguments/require_permission.ts";
import type { Axis, Choice, Edit } from "./variation.ts";

/** One named setting: parameters, and nodes as a graph file writes them, as far as they differ. */
const Setting = z.strictObject({
  name: z.string().min(1),
  graph: z.string().optional(),
  params: z.record(z.string(), z.unknown()).default({}),
  nodes: z.record(z.string(), GraphNode.partial()).default({}),
});

/** A file of `--vary-file`: a list of named settings. */
const Settings = z.array(Setting).min(1);

/** Reads named settings; what is wrong is a {@linkcode CliError}. */
export async function readSettings(path: string): Promise<Axis> {
  await requirePermission("read", path);
  const refuse = (reason: string, cause?: unknown): never => {
    const message = `Cannot use '${path}' as --vary-file: ${reason}`;
    throw new CliError(ExitCode.usage, message, { cause });
  };
  let value: unknown;
  try {
    value = parse(await Deno.readTextFile(path), { logLevel: "error" });
  } catch (cause) {
    return refuse((cause as Error).message.split("\n")[0]!, cause);
  }
  const { data, error } = Settings.safeParse(value);
  if (!data) {
    const { path: at, message } = error.issues[0]!;
    const place = at.length > 0 ? `${at.join(".")}: ` : "";
    return refuse(
      `${place}${message}; write a list of {name, graph?, params?, nodes?}`,
    );
  }
  const names = data.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) refuse(`two settings are named '${twice}'`);
  return data.map(choiceOf);
}

function choiceOf(setting: z.output<typeof Setting>): Choice {
  const { name, graph, params, nodes } = setting;
  const edits: Edit[] = Object.entries(params).map((
    [param, value],
  ) => ({ kind: "param", name: param, value }));
  for (
    const [node, { stage, in: inputs, with: options = {} }] of Object.entries(
      nodes,
    )
  ) {
    if (stage !== undefined) edits.push({ kind: "stage", node, stage });
    if (inputs !== undefined) {
      edits.push({ kind: "inputs", node, value: inputs });
    }
    for (const [option, value] of Object.entries(options)) {
      edits.push({ kind: "option", node, path: [option], value });
    }
  }
  return {
    label: name,
    values: { setting: name },
    edits,
    ...(graph !== undefined && { graph }),
  };
}
