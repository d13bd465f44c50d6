import type { EvalCase } from "../../eval/eval_case.ts";
import type { GraphFile, Plan, Registry } from "../../mod.ts";
import { effectiveHash } from "../experiment/effective_graph.ts";
import { fileHashes } from "../experiment/file_hashes.ts";
import { aboutGraph } from "../experiment/load_variation.ts";
import { moduleHash } from "../experiment/module_hash.ts";
import { reviseGraph } from "../experiment/revise_graph.ts";
import { sha256File } from "../experiment/sha256.ts";
import { type Startable, stopsOf } from "../experiment/stops.ts";
import type { Edit } from "../experiment/variation.ts";
import {
  declaredParameters,
  type GraphFlags,
  loadPlan,
} from "../arguments/load_plan.ts";
import { locateGraph } from "../arguments/locate_graph.ts";
import { caseEdits } from "./case_edits.ts";
import { checkMethodPlan } from "./check_method_plan.ts";
import type { MethodChoice } from "./methods.ts";
import { isQueryAware } from "./query_aware.ts";
import { splitPrefill } from "./split_prefill.ts";

/** A method that can run. */
export interface EvalMethod {
  readonly label: string;
  /** The graph's name or path, as given. */
  readonly graph: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The graph's parameters as they run, without those that a case sets. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What the method changes of the graph beside parameters. */
  readonly changes: readonly Edit[];
  /** The graph without any case. */
  readonly plan: Plan;
  /** SHA-256 of the graph's file. */
  readonly fileHash: string;
  /** Of the graph with the method's settings, without what a case changes. */
  readonly effectiveHash: string;
  /** Whether the question has a say in what is kept. */
  readonly queryAware: boolean;
  /** Whether options read a case's `${expected}` or `${evidence}`: an upper bound, no method. */
  readonly oracle: boolean;
  readonly notes: readonly string[];
  /** The graph with what a case changes. */
  forCase(given: EvalCase, chat: boolean): Promise<EvalJob>;
}

/** A method on one case. */
export interface EvalJob extends Startable {
  readonly method: EvalMethod;
}

/** What options may read of a case. */
interface CaseTexts {
  readonly expected: readonly string[];
  readonly evidence: readonly string[];
}

/** How methods are loaded. */
export interface MethodFlags extends GraphFlags {
  /** Whether methods compute once what they have in common. */
  readonly share: boolean;
}

/** Loads a method, so that what is wrong with it is known before anything runs. */
export async function loadMethod(
  choice: MethodChoice,
  flags: MethodFlags,
): Promise<EvalMethod> {
  try {
    return await load(choice, flags);
  } catch (error) {
    throw aboutGraph(`Method '${choice.label}' cannot run`, error);
  }
}

async function load(
  choice: MethodChoice,
  { share, ...flags }: MethodFlags,
): Promise<EvalMethod> {
  const { graph, label, values, edits } = choice;
  const url = await locateGraph(graph);
  const params = await paramsOf(choice, flags, url);
  const has = (name: string) => Object.hasOwn(params.declared, name);
  const trust = flags.trust ? { trust: flags.trust } : {};
  const loadWith = async (
    set: Readonly<Record<string, unknown>>,
    texts: Readonly<Record<string, unknown>>,
    ofCase?: (file: GraphFile) => readonly Edit[],
  ) => {
    let revised: ReturnType<typeof reviseGraph> | undefined;
    let modules: readonly string[] = [];
    const revise = (file: GraphFile, registry: Registry): GraphFile => {
      const whole = share ? splitPrefill(file) : file;
      modules = file.use ?? [];
      // What a case changes may leave parameters unread: then nobody has given them.
      const params = ofCase ? { ...file.params, ...set } : file.params;
      revised = reviseGraph(
        { ...whole, ...(params && { params }) },
        registry,
        [...edits, ...ofCase?.(whole) ?? []],
        ofCase ? [] : Object.keys(set),
        texts,
      );
      return share ? { ...revised.graph, fuse: "never" } : revised.graph;
    };
    const given = ofCase ? trust : { set, ...trust };
    const plan = await loadPlan(graph, given, revise);
    return { plan, modules, revised: revised! };
  };
  // A graph may declare what it reads of a case: a value of the command line then holds for all.
  const own = (texts: CaseTexts) =>
    Object.fromEntries(
      Object.entries(texts).filter(([name]) =>
        has(name) && !params.chosen.includes(name)
      ),
    );
  const anyCase = { expected: ["text"], evidence: ["text"] };
  const base = await loadWith({ ...params.set, ...own(anyCase) }, anyCase);
  const { plan, modules, revised: { notes, added } } = base;
  checkMethodPlan(plan, graph);
  const hashes = await Promise.all(modules.map((m) => moduleHash(m, url)));
  const { prompt } = plan.params;
  const free = has("maxTokens") && !params.chosen.includes("maxTokens");
  const ofCases = [...Object.keys(own(anyCase)), ...free ? ["maxTokens"] : []];
  const form = typeof prompt === "string" ? prompt : "auto";
  const method: EvalMethod = {
    label,
    graph,
    values,
    params: Object.fromEntries(
      Object.entries(plan.params).filter(([name]) => !ofCases.includes(name)),
    ),
    changes: edits.filter(({ kind }) => kind !== "param"),
    plan,
    fileHash: await sha256File(url),
    effectiveHash: effectiveHash(plan, hashes, await fileHashes(plan)),
    queryAware: isQueryAware(plan),
    oracle: added.length > 0 || Object.keys(own(anyCase)).length > 0,
    notes,
    forCase: async (given, chat) => {
      const { expected, evidence = expected } = given;
      const { plan } = await loadWith(
        {
          ...params.set,
          ...own({ expected, evidence }),
          ...(free && { maxTokens: given.maxTokens }),
        },
        { expected, evidence },
        (file) => caseEdits(file, given, { form, chat }),
      );
      return { method, plan, stops: stopsOf(plan, hashes) };
    },
  };
  return method;
}

/** A graph's parameters: those of the command line that it has, exact arithmetic where nothing is said, the method's. */
async function paramsOf(
  { edits }: MethodChoice,
  flags: GraphFlags,
  url: URL,
) {
  const declared = await declaredParameters(url) ?? {};
  const { set, trust: _trust, ...named } = flags;
  const asked = { ...named, ...set };
  const own = edits.flatMap((edit) =>
    edit.kind === "param" ? [[edit.name, edit.value] as const] : []
  );
  const known = Object.entries(asked).filter(([name, value]) =>
    value !== undefined && Object.hasOwn(declared, name)
  );
  const exact = Object.hasOwn(declared, "accuracy")
    ? { accuracy: "exact" }
    : {};
  const chosen = Object.fromEntries([...known, ...own]);
  return {
    declared,
    chosen: Object.keys(chosen),
    set: { ...exact, ...chosen } as Record<string, unknown>,
  };
}
