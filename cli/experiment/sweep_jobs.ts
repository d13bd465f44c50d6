import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { callerInputs, partsOfType } from "../run/plan_parts.ts";
import type { GraphFlags } from "../arguments/load_plan.ts";
import { answerOutput } from "./answer_output.ts";
import {
  aboutGraph,
  type CaseParameters,
  type LoadedVariation,
  loadVariation,
} from "./load_variation.ts";
import { modelHash } from "./provenance.ts";
import { stableJson } from "./stable_json.ts";
import { type Stop, stopsOf } from "./stops.ts";
import type { Variation } from "./variation.ts";

/** A variation with a seed: what every case is run with. */
export interface SweepJob extends LoadedVariation {
  /** The graph's parameter `seed`. */
  readonly seed: number | null;
  readonly model: SweepModel;
  /** Where it can go on from what others computed. */
  readonly stops: readonly Stop[];
  /** The same job where it reads nothing of the case. */
  forCase(given: CaseParameters): Promise<SweepJob>;
}

/** The model of a plan, before it is loaded. */
export interface SweepModel {
  /** Equal where one loaded model serves. */
  readonly key: string;
  readonly path: string | null;
  readonly hash: string | null;
}

/** Stands for a case's texts while no case is there. */
const anyCase: CaseParameters = { expected: ["text"], evidence: ["text"] };

/** Loads every variation with every seed, so that what is wrong with one is known before anything runs. */
export async function sweepJobs(
  graph: string,
  variations: readonly Variation[],
  seeds: readonly number[] | undefined,
  flags: GraphFlags,
): Promise<SweepJob[]> {
  const hashes = new Map<string, Promise<string>>();
  const jobs: SweepJob[] = [];
  for (const variation of variations) {
    for (const seed of seeds ?? [undefined]) {
      const set = { ...flags.set, ...(seed !== undefined && { seed }) };
      const load = async (given: CaseParameters): Promise<SweepJob> => {
        const chosen = { ...flags, set };
        const loaded = await loadChecked(graph, variation, chosen, given);
        const { plan, readsCase } = loaded;
        const used = plan.params.seed;
        const job: SweepJob = {
          ...loaded,
          seed: typeof used === "number" ? used : null,
          model: await modelOf(loaded, hashes),
          stops: stopsOf(plan, loaded.modules),
          forCase: async (given) => readsCase ? await load(given) : job,
        };
        return job;
      };
      jobs.push(await load(anyCase));
    }
  }
  return jobs;
}

/** What is wrong is an error that names the variation. */
async function loadChecked(
  graph: string,
  variation: Variation,
  flags: GraphFlags,
  given: CaseParameters,
): Promise<LoadedVariation> {
  try {
    const loaded = await loadVariation(graph, variation, flags, given);
    answerOutput(loaded.plan);
    checkInputs(loaded);
    return loaded;
  } catch (error) {
    if (Object.keys(variation.values).length === 0) throw error;
    throw aboutGraph(`Variation '${variation.label}' cannot run`, error);
  }
}

async function modelOf(
  { plan }: LoadedVariation,
  hashes: Map<string, Promise<string>>,
): Promise<SweepModel> {
  const node = partsOfType(plan, "pc/model")[0]?.node;
  const key = stableJson([node?.name, node?.stage.name, node?.options]);
  const path = (node?.options as { path?: unknown } | undefined)?.path;
  if (typeof path !== "string") return { key, path: null, hash: null };
  const hash = hashes.get(path) ?? modelHash(path);
  hashes.set(path, hash);
  return { key, path, hash: await hash.catch(() => null) }; // loading says what is wrong
}

function checkInputs({ plan, graph }: LoadedVariation): void {
  const known = ["document", "question"];
  const other = callerInputs(plan).find((name) => !known.includes(name));
  if (other === undefined) return;
  throw new CliError(
    ExitCode.graph,
    `Graph '${graph}' reads the input '${other}', which a case does not have; it gives document and question`,
  );
}
