import {
  GraphError,
  type GraphFile,
  type Plan,
  type Registry,
} from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { type GraphFlags, loadPlan } from "../arguments/load_plan.ts";
import { locateGraph } from "../arguments/locate_graph.ts";
import { effectiveHash } from "./effective_graph.ts";
import { fileHashes } from "./file_hashes.ts";
import { moduleHash } from "./module_hash.ts";
import { reviseGraph } from "./revise_graph.ts";
import { sha256File } from "./sha256.ts";
import type { Variation } from "./variation.ts";

/** A variation that can run. */
export interface LoadedVariation {
  readonly variation: Variation;
  /** The graph's name or path, as given. */
  readonly graph: string;
  readonly plan: Plan;
  /** SHA-256 of the graph's file. */
  readonly fileHash: string;
  readonly effectiveHash: string;
  /** Hashes of the graph's modules. */
  readonly modules: readonly string[];
  readonly notes: readonly string[];
  /** Whether an option reads a case's `${expected}` or `${evidence}`. */
  readonly readsCase: boolean;
}

/** What options may read of a case. */
export interface CaseParameters {
  readonly expected: readonly string[];
  readonly evidence: readonly string[];
}

/** Loads a graph with a variation's changes; `${expected}` and `${evidence}` are a case's, where one is given. */
export async function loadVariation(
  name: string,
  variation: Variation,
  flags: GraphFlags,
  { expected, evidence }: Partial<CaseParameters> = {},
): Promise<LoadedVariation> {
  const graph = variation.graph ?? name;
  const params: Record<string, unknown> = {};
  for (const edit of variation.edits) {
    if (edit.kind === "param") params[edit.name] = edit.value;
  }
  const set = { ...flags.set, ...params };
  const given = [...Object.keys(set), ...Object.keys(flags)];
  const more = expected && evidence ? { expected, evidence } : {};
  let notes: readonly string[] = [];
  let readsCase = false;
  let modules: readonly string[] = [];
  const revise = (file: GraphFile, registry: Registry) => {
    const { edits } = variation;
    const revised = reviseGraph(file, registry, edits, given, more);
    notes = revised.notes;
    readsCase = revised.added.length > 0;
    modules = file.use ?? [];
    return revised.graph;
  };
  const plan = await loadPlan(graph, { ...flags, set }, revise);
  const url = await locateGraph(graph);
  const hashes = await Promise.all(modules.map((m) => moduleHash(m, url)));
  return {
    variation,
    graph,
    plan,
    fileHash: await sha256File(url),
    effectiveHash: effectiveHash(plan, hashes, await fileHashes(plan)),
    modules: hashes,
    notes,
    readsCase,
  };
}

/** The same error, with what it is about before its message; one that is not about graphs stays as it is. */
export function aboutGraph(about: string, cause: unknown): unknown {
  if (!(cause instanceof GraphError) && !(cause instanceof CliError)) {
    return cause;
  }
  const code = cause instanceof CliError ? cause.code : ExitCode.graph;
  return new CliError(code, `${about}: ${cause.message}`, { cause });
}
