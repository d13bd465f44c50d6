import type { CaseChoice, Suite } from "../../eval/suite.ts";
import { suiteOf } from "../../eval/suites/mod.ts";
import { atomicWrite } from "../../io/files/atomic_write.ts";
import { commandLine } from "../arguments/command_line.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import {
  modelHash,
  versions,
  vocabularyHash,
} from "../experiment/provenance.ts";
import { quiet } from "../experiment/quiet_session.ts";
import { RowsFile } from "../experiment/rows_file.ts";
import { jsonLine } from "../terminal/json_report.ts";
import { checkRowOutputs } from "../arguments/check_row_outputs.ts";
import { graphFlags } from "../arguments/graph_flags.ts";
import type { GraphFlags } from "../arguments/load_plan.ts";
import { requirePermission } from "../arguments/require_permission.ts";
import { requireTemporaryFolder } from "../arguments/require_temporary_folder.ts";
import { openSession } from "../run/session.ts";
import { chatTemplateHash } from "./chat_template_hash.ts";
import { checkParameters, oneModel } from "./check_methods.ts";
import { describeEval } from "./describe_cells.ts";
import { evalCells } from "./eval_cells.ts";
import { type EvalMethod, loadMethod } from "./eval_method.ts";
import { type EvalRow, evalRow } from "./eval_row.ts";
import { evalRows } from "./eval_rows.ts";
import { missingRows } from "./eval_turns.ts";
import type { EvalWork } from "./eval_work.ts";
import { listCases } from "./list_cases.ts";
import { chooseMethods } from "./methods.ts";
import { ModelLender } from "./model_lender.ts";
import { openRunners } from "./open_runners.ts";
import type { Shard } from "./shard.ts";

/** Flags of `eval`. */
export interface EvalFlags extends GraphFlags {
  readonly graph?: readonly string[];
  readonly methods?: readonly string[];
  readonly tasks?: readonly string[];
  readonly lengths?: readonly number[];
  readonly seeds?: readonly number[];
  readonly heldOut?: true;
  readonly limit?: number;
  readonly template?: string;
  readonly data?: string;
  readonly shard?: Shard;
  readonly output?: string;
  readonly table?: string;
  readonly share: boolean;
  readonly kvMemory: number;
  readonly jobs: number;
  readonly memory?: number;
  readonly json?: true;
}

/** Seeds from here on are held out: nothing is tuned on their cases. */
const HELD_OUT = 10_000;
/** Seeds where `--held-out` is given and `--seeds` is not. */
const SEEDS = 20;

/** Loads all methods, runs what is not there yet, and prints the table. */
export async function runEval(name: string, flags: EvalFlags): Promise<void> {
  using session = openSession(flags);
  const { share, data, template, output } = flags;
  const suite = findSuite(name);
  checkTemplate(suite, template);
  if (data !== undefined) await requirePermission("read", data);
  const given = graphFlags(flags);
  const choices = await chooseMethods(flags.graph, flags.methods);
  const methods: EvalMethod[] = [];
  const methodFlags = { ...given, share };
  for (const choice of choices) {
    methods.push(await loadMethod(choice, methodFlags));
  }
  const { set, trust: _trust, ...named } = given;
  checkParameters([...Object.keys(named), ...Object.keys(set ?? {})], methods);
  const modelPath = oneModel(methods);
  await checkRowOutputs(flags);
  if (share) await requireTemporaryFolder();
  const notes = new Set(methods.flatMap((method) => method.notes));
  for (const note of notes) session.terminal.err(`note: ${note}; left out\n`);
  using file = await RowsFile.open(evalRow, output);
  using models = new ModelLender(session);
  const hash = await modelHash(modelPath).catch(() => null);
  checkLabels(file, methods, hash, output);
  const model = await models.modelOf(methods[0]!);
  const { tokenizer } = model;
  const tools = { tokenizer, ...(data !== undefined && { data }) };
  const choice = choiceOf(flags);
  const { signal } = session.interrupt;
  const { shard } = flags;
  const sharded = { ...choice, ...(shard && { shard }) };
  const { listed, longest } = await listCases(suite, sharded, tools, signal);
  const work: EvalWork = {
    suite,
    choice,
    tools,
    listed,
    methods,
    model: {
      path: modelPath,
      hash,
      vocabularyHash: vocabularyHash(model),
      chatTemplateHash: chatTemplateHash(model),
    },
    dataHash: data === undefined ? null : await dataHashOf(data),
    file,
  };
  const missing = missingRows(work);
  const turns = missing.reduce((sum, { size }) => sum + size, 0);
  const silent = quiet(session);
  using opened = await openRunners({
    choices,
    methods,
    flags: methodFlags,
    share: share ? flags.kvMemory : undefined,
    models,
    jobs: Math.max(1, Math.min(flags.jobs, turns)),
    memory: { limit: flags.memory, longest: turns > 0 ? longest : undefined },
  }, silent);
  const rows = await evalRows(work, missing, opened.runners, silent);
  const cells = evalCells(rows);
  const { terminal, json } = session;
  terminal.out(json ? jsonLine({ type: "table", cells }) : describeEval(cells));
  if (flags.table !== undefined) {
    const table = {
      command: commandLine(),
      suite: suite.name,
      model: modelPath,
      modelHash: hash,
      versions: versions(),
      cells,
    };
    await atomicWrite(flags.table, JSON.stringify(table, null, 1) + "\n");
  }
  refuseFailed(rows);
}

/** The suite of that name; one that is not there is a {@linkcode CliError}. */
export function findSuite(name: string): Suite {
  try {
    return suiteOf(name);
  } catch (cause) {
    throw new CliError(ExitCode.usage, (cause as Error).message, { cause });
  }
}

/** Which cases the flags choose; held-out ones have seeds of their own. */
export function choiceOf(
  { tasks, lengths, seeds, heldOut, limit, template }: Partial<EvalFlags>,
): CaseChoice {
  const first = seeds ?? (heldOut ? [...Array(SEEDS).keys()] : undefined);
  const chosen = heldOut ? first!.map((seed) => seed + HELD_OUT) : first;
  return {
    ...(tasks && { tasks }),
    ...(lengths && { lengths }),
    ...(chosen && { seeds: chosen }),
    ...(limit !== undefined && { limit }),
    ...(template !== undefined && { template }),
  };
}

function checkTemplate({ name, templates = [] }: Suite, wanted?: string): void {
  if (wanted === undefined || templates.includes(wanted)) return;
  throw new CliError(
    ExitCode.usage,
    `Suite '${name}' has no template '${wanted}'; templates: ${
      templates.join(", ") || "none to choose from"
    }`,
  );
}

/** One label stands for one graph and one model in a file, or comparisons would mix two. */
function checkLabels(
  file: RowsFile<EvalRow>,
  methods: readonly EvalMethod[],
  modelHash: string | null,
  output: string | undefined,
): void {
  for (const row of file.all()) {
    const method = methods.find(({ label }) => label === row.method);
    if (!method) continue;
    const what = method.effectiveHash !== row.effectiveHash
      ? "another graph, or other settings of it"
      : modelHash !== row.modelHash
      ? "another model"
      : undefined;
    if (what === undefined) continue;
    throw new CliError(
      ExitCode.usage,
      `'${output}' holds rows of '${method.label}' with ${what}; name another --output, or give the method another label: --graph label=${method.graph}`,
    );
  }
}

async function dataHashOf(path: string): Promise<string> {
  try {
    return await modelHash(path); // of a file, or of the files in a folder
  } catch (cause) {
    throw new CliError(
      ExitCode.input,
      `Cannot read --data '${path}': ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** An eval with rows that failed ends with an error; it goes on with these when it is started again. */
function refuseFailed(rows: readonly EvalRow[]): void {
  const failed = rows.flatMap((row) => "error" in row ? [row] : []);
  if (failed.length === 0) return;
  const { method, case: id, error } = failed[0]!;
  throw new CliError(
    ExitCode.internal,
    `${failed.length} of ${rows.length} rows failed, the first '${method}' on case ${id}: ${error}`,
  );
}
