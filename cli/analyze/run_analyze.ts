import { resolve } from "node:path";
import { firstValueFrom, type Observable } from "rxjs";
import type { AttentionAnalysis } from "../../eval/analysis/analysis.ts";
import { attentionView } from "../../eval/analysis/attention_view.ts";
import { analysisBlocks } from "../../eval/analysis/page/analysis_blocks.ts";
import type { BoundConstants } from "../../eval/analysis/sparsity_bound.ts";
import { blocksToPage } from "../../eval/report/blocks_to_page.ts";
import type { Plan, Text } from "../../mod.ts";
import { checkOutput } from "../arguments/check_output.ts";
import { commandLine } from "../arguments/command_line.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { quiet } from "../experiment/quiet_session.ts";
import { versions } from "../experiment/provenance.ts";
import { givenInputs } from "../arguments/given_inputs.ts";
import { type HeldModel, holdModel } from "../run/held_model.ts";
import { jsonLine } from "../terminal/json_report.ts";
import { type GraphFlags, loadPlan } from "../arguments/load_plan.ts";
import { partsOfType } from "../run/plan_parts.ts";
import { openSession, type Session } from "../run/session.ts";
import { analyzedParts } from "./analyzed_parts.ts";
import { describeAnalysis } from "./describe_analysis.ts";
import { measureWidths } from "./measure_widths.ts";
import { type Looking, observeRun } from "./observe_run.ts";
import { writeWhole } from "./write_whole.ts";

/** Flags of `analyze`. */
export interface AnalyzeFlags extends GraphFlags, Omit<Looking, "limits"> {
  readonly graph: string;
  readonly question: string;
  readonly html?: string;
  readonly output?: string;
  readonly limit: Looking["limits"];
  readonly bound: BoundConstants;
  readonly widths?: readonly number[];
  readonly widthTokens: number;
  readonly json?: true;
}

/** Looks at a graph's attention, writes what was asked for and prints a summary. */
export async function runAnalyze(
  document: string,
  flags: AnalyzeFlags,
): Promise<void> {
  using session = openSession(flags);
  await checkOutputs(document, flags);
  const analysis = await analyzed(document, flags, session);
  const { html, output, json } = flags;
  if (output !== undefined) {
    await writeWhole(output, jsonLine(analysis), session);
  }
  if (html !== undefined) {
    const title = `Attention of ${analysis.model} over ${analysis.document}`;
    const page = await blocksToPage(title, analysisBlocks(analysis));
    await writeWhole(html, page, session);
  }
  session.terminal.out(json ? jsonLine(analysis) : describeAnalysis(analysis));
}

async function analyzed(
  document: string,
  { graph, question, limit: limits, bound, ...flags }: AnalyzeFlags,
  session: Session,
): Promise<AttentionAnalysis> {
  const shown = session.json ? quiet(session) : session;
  const plan = await loadPlan(graph, flags);
  const parts = analyzedParts(plan);
  const inputs = await givenInputs(plan, { document, question }, session);
  await refuseEmpty(inputs.document);
  using held: HeldModel = await holdModel(plan, shown);
  const { model } = held;
  const { rows, epsilon, abnormal, widths, widthTokens } = flags;
  const looking = { rows, limits, epsilon, abnormal };
  const run = await observeRun(plan, { parts, held, inputs }, looking, shown);
  const { tail } = run.prompt;
  const { signal } = session.interrupt;
  const measured = await measureWidths({ model, tail, rows, signal }, {
    ids: run.ids,
    prompt: run.prompt,
    ...(widths && { widths }),
    most: widthTokens,
    epsilons: epsilon,
  });
  return {
    type: "analysis",
    command: commandLine(),
    version: versions().parallelcomp,
    graph,
    model: modelName(plan),
    provider: model.provider,
    document: document === "-" ? "standard input" : lastPart(document),
    question,
    documentTokens: run.ids.length,
    documentChunks: run.chunks,
    headDim: model.config.headDim,
    rows: Math.min(rows, tail.length),
    limits,
    epsilons: epsilon,
    abnormal,
    local: attentionView(run.local),
    merged: attentionView(run.merged),
    ...(run.again && { again: true }),
    ...measured,
    bound,
    calibration: run.calibration,
  };
}

async function refuseEmpty(document?: Observable<unknown>): Promise<void> {
  if (!document || (await firstValueFrom(document) as Text).text !== "") return;
  throw new CliError(
    ExitCode.input,
    "The document is empty, so there is no attention to look at",
  );
}

function modelName(plan: Plan): string {
  const { options } = partsOfType(plan, "pc/model")[0]!.node;
  return lastPart((options as { readonly path: string }).path);
}

const lastPart = (path: string) => path.split(/[\\/]/).at(-1)!;

async function checkOutputs(
  document: string,
  { html, output }: AnalyzeFlags,
): Promise<void> {
  for (const path of [html, output]) {
    if (path !== undefined) await checkOutput(path, document);
  }
  if (!html || !output || resolve(html) !== resolve(output)) return;
  throw new CliError(
    ExitCode.usage,
    `--html and --output both name '${html}'; name two files`,
  );
}
