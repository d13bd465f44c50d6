import { checkGiven, givenInputs } from "../arguments/given_inputs.ts";
import { type HeldModel, holdModel } from "../run/held_model.ts";
import { jsonLine } from "../terminal/json_report.ts";
import type { GraphFlags } from "../arguments/load_plan.ts";
import { partsOfType } from "../run/plan_parts.ts";
import { openSession, type Session } from "../run/session.ts";
import { warn } from "../terminal/warn.ts";
import { answerOutput } from "./answer_output.ts";
import { compareSides } from "./compare_sides.ts";
import { describeDiff } from "./describe_diff.ts";
import { runSide, type Side } from "./diff_side.ts";
import {
  aboutGraph,
  type LoadedVariation,
  loadVariation,
} from "./load_variation.ts";
import { vocabularyHash } from "./provenance.ts";
import { quiet } from "./quiet_session.ts";
import { stableJson } from "./stable_json.ts";
import type { Edit } from "./variation.ts";

/** Flags of `diff`. */
export interface DiffFlags extends GraphFlags {
  readonly question: string;
  readonly setA: readonly Edit[];
  readonly setB: readonly Edit[];
  readonly json?: true;
}

/** Runs two graphs on one input and prints how they differ. */
export async function runDiff(
  [a, b]: readonly [string, string],
  document: string,
  { question, setA, setB, ...flags }: DiffFlags,
): Promise<void> {
  using session = openSession(flags);
  const loaded = [
    await loadSide("A", a, setA, flags),
    await loadSide("B", b, setB, flags),
  ] as const;
  const given = { document, question };
  const inputs = await givenInputs(loaded[0].plan, given, session);
  checkGiven(loaded[1].plan, given);
  using models = await holdModels(loaded, quiet(session));
  const { signal } = session.interrupt;
  const run = async (i: 0 | 1): Promise<Side> => {
    const { graph, plan } = loaded[i];
    const { model } = models.of(i);
    const side = await runSide(plan, { graph, model, inputs, signal });
    for (const message of side.warnings) {
      warn(session, `${"AB"[i]}: ${message}`);
    }
    return side;
  };
  const sides = [await run(0), await run(1)] as const;
  const compared = compareSides(...sides, models.alike);
  const { terminal, json } = session;
  if (!json) return terminal.out(describeDiff(...sides, compared));
  const [jsonA, jsonB] = sides.map((side, i) => ({
    ...describe(side),
    effectiveHash: loaded[i]!.effectiveHash,
  }));
  terminal.out(jsonLine({ type: "diff", a: jsonA, b: jsonB, ...compared }));
}

async function loadSide(
  side: "A" | "B",
  graph: string,
  edits: readonly Edit[],
  flags: GraphFlags,
): Promise<LoadedVariation> {
  try {
    const variation = { label: side, values: {}, edits };
    const loaded = await loadVariation(graph, variation, flags);
    answerOutput(loaded.plan);
    return loaded;
  } catch (error) {
    throw aboutGraph(`Graph ${side} cannot run`, error);
  }
}

/** The models of both sides; one where they are the same. */
interface SideModels extends Disposable {
  of(side: 0 | 1): HeldModel;
  /** Whether both cut texts into the same tokens. */
  readonly alike: boolean;
}

async function holdModels(
  [a, b]: readonly [LoadedVariation, LoadedVariation],
  session: Session,
): Promise<SideModels> {
  const key = ({ plan }: LoadedVariation) =>
    stableJson(
      partsOfType(plan, "pc/model").map(({ node }) => [
        node.stage.name,
        node.options,
      ]),
    );
  const first = await holdModel(a.plan, session);
  const same = key(a) === key(b);
  const second = same ? first : await holdModel(b.plan, session).catch((e) => {
    first[Symbol.dispose]();
    throw e;
  });
  return {
    of: (side) => side === 0 ? first : second,
    alike: same || vocabularyHash(first.model) === vocabularyHash(second.model),
    [Symbol.dispose]: () => {
      first[Symbol.dispose]();
      if (!same) second[Symbol.dispose]();
    },
  };
}

/** A side for `--json`. */
function describe({ graph, answer, tokens, seconds, peakBytes, bytes }: Side) {
  return {
    graph,
    answer: answer.answer,
    finish: answer.finish,
    tokens,
    kept: answer.kept,
    chunks: answer.chunks,
    contextTokens: answer.contextTokens,
    bytes: bytes ?? null,
    peakBytes,
    seconds,
    provider: answer.provider,
  };
}
