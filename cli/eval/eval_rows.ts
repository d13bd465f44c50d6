import type { EvalCase } from "../../eval/eval_case.ts";
import { metricOf } from "../../eval/metrics/mod.ts";
import type { CaseChoice, CaseTools, Suite } from "../../eval/suite.ts";
import type { LanguageModel } from "../../mod.ts";
import { commandLine } from "../arguments/command_line.ts";
import { versions, vocabularyHash } from "../experiment/provenance.ts";
import type { Failure } from "../experiment/row.ts";
import type { RowsFile } from "../experiment/rows_file.ts";
import { sha256 } from "../experiment/sha256.ts";
import { failureOf, runCase } from "../experiment/sweep_runs.ts";
import { jsonLine } from "../terminal/json_report.ts";
import type { Session } from "../run/session.ts";
import { chatTemplateHash } from "./chat_template_hash.ts";
import type { EvalJob, EvalMethod } from "./eval_method.ts";
import { EvalProgress } from "./eval_progress.ts";
import {
  type EvalKey,
  evalKeyText,
  type EvalOutcome,
  evalOutcome,
  type EvalRow,
} from "./eval_row.ts";
import { casesOf, type ListedCase } from "./list_cases.ts";
import { byModel, type ModelLender } from "./model_lender.ts";

/** What is to be computed, and where it goes. */
export interface EvalWork {
  readonly suite: Suite;
  readonly choice: CaseChoice;
  readonly tools: CaseTools;
  readonly listed: ReadonlyMap<string, ListedCase>;
  readonly methods: readonly EvalMethod[];
  readonly models: ModelLender;
  readonly modelPath: string;
  readonly modelHash: string | null;
  readonly dataHash: string | null;
  readonly file: RowsFile<EvalRow>;
  /** Bytes of KV to keep in memory for several methods; nothing: every row computes its own. */
  readonly share: number | undefined;
}

/** Computes what the file does not hold, case by case; resolves to all rows of the eval. */
export async function evalRows(
  work: EvalWork,
  session: Session,
): Promise<EvalRow[]> {
  const { suite, choice, tools, listed, methods, file } = work;
  const weights = [...listed.values()].reduce((sum, c) => sum + c.weight, 0);
  const progress = new EvalProgress(
    listed.size * methods.length,
    weights * methods.length,
    session.terminal,
  );
  for (const group of byModel(methods)) {
    const pending = new Map<string, readonly EvalMethod[]>();
    for (const one of listed.values()) {
      const missing = group.filter((method) => {
        const row = file.get(evalKeyText(keyOf(method, one, work)));
        if (row === undefined || "error" in row) return true;
        progress.pass(one);
        return false;
      });
      if (missing.length > 0) pending.set(one.id, missing);
    }
    if (pending.size === 0) continue;
    const model = await work.models.modelOf(group[0]!);
    const write = rowWriter(work, model, session, progress);
    for await (const given of casesOf(suite, choice, tools)) {
      session.interrupt.signal.throwIfAborted();
      const missing = pending.get(given.id);
      pending.delete(given.id);
      if (missing) {
        await evalCase(given, missing, { work, model, write, session });
      }
      if (pending.size === 0) break;
    }
  }
  return [...listed.values()].flatMap((one) =>
    methods.map((method) => file.get(evalKeyText(keyOf(method, one, work)))!)
  );
}

type Write = (
  given: EvalCase,
  method: EvalMethod,
  outcome: EvalOutcome | Failure,
) => void;

/** With what cases are run. */
interface CaseTurn {
  readonly work: EvalWork;
  readonly model: LanguageModel;
  readonly write: Write;
  readonly session: Session;
}

/** Runs the methods on one case; what several compute alike is computed once. */
async function evalCase(
  given: EvalCase,
  methods: readonly EvalMethod[],
  { work: { share }, model, write, session }: CaseTurn,
): Promise<void> {
  const { interrupt: { signal }, peak } = session;
  const jobs: EvalJob[] = [];
  for (const method of methods) {
    try {
      const chat = model.chatTemplate !== undefined;
      jobs.push(await method.forCase(given, chat));
    } catch (error) {
      write(given, method, failureOf(error, signal));
    }
  }
  if (jobs.length === 0) return;
  const metric = metricOf(given.metric);
  await metric.ready?.();
  const judge = (prediction: string) => metric.score(prediction, given);
  const document = { name: `case ${given.id}`, text: given.document };
  const { question } = given;
  const work = { document, question, model, signal, share };
  for await (const [{ method }, ran] of runCase(jobs, work)) {
    write(
      given,
      method,
      "error" in ran ? ran : evalOutcome(ran, peak.bytes, judge),
    );
  }
}

function rowWriter(
  work: EvalWork,
  model: LanguageModel,
  { terminal, json }: Session,
  progress: EvalProgress,
): Write {
  const { suite, choice, listed, file } = work;
  const vocabulary = vocabularyHash(model);
  const chatTemplate = chatTemplateHash(model);
  return (given, method, outcome) => {
    const one = listed.get(given.id)!;
    const row: EvalRow = {
      case: given.id,
      suite: suite.name,
      task: given.task,
      group: given.group ?? null,
      length: given.length,
      caseSeed: given.seed,
      ...keyOf(method, one, work),
      queryAware: method.queryAware,
      oracle: method.oracle,
      metric: given.metric,
      expected: given.expected,
      ...("error" in outcome ? { error: outcome.error } : outcome),
      template: choice.template ?? null,
      values: method.values,
      graph: method.graph,
      graphHash: method.fileHash,
      dataHash: filesHash(given) ?? work.dataHash,
      files: given.files ?? [],
      model: work.modelPath,
      vocabularyHash: vocabulary,
      chatTemplateHash: chatTemplate,
      versions: versions(),
      command: commandLine(),
      at: new Date().toISOString(),
    };
    file.add(row);
    if (json) terminal.out(jsonLine({ type: "row", ...row }));
    progress.say(row, one);
  };
}

/** Hash of the files that a case was read from; of one, the file's own. */
function filesHash({ files = [] }: EvalCase): string | undefined {
  const hashes = files.map(({ sha256 }) => sha256);
  return hashes.length > 1 ? sha256(hashes.join()) : hashes[0];
}

function keyOf(
  { label, effectiveHash }: EvalMethod,
  { hash }: ListedCase,
  { modelHash }: EvalWork,
): EvalKey {
  return { method: label, effectiveHash, caseHash: hash, modelHash };
}
