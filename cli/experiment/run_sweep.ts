import { atomicWrite } from "../../io/files/atomic_write.ts";
import { commandLine } from "../arguments/command_line.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { jsonLine } from "../terminal/json_report.ts";
import { checkRowOutputs } from "../arguments/check_row_outputs.ts";
import { graphFlags } from "../arguments/graph_flags.ts";
import type { GraphFlags } from "../arguments/load_plan.ts";
import { requireTemporaryFolder } from "../arguments/require_temporary_folder.ts";
import { openSession, type Session } from "../run/session.ts";
import { type CaseFile, readCases } from "./cases_file.ts";
import { versions } from "./provenance.ts";
import { quiet } from "./quiet_session.ts";
import { type Row, sweepRow } from "./row.ts";
import { RowsFile } from "./rows_file.ts";
import { readSettings } from "./settings_file.ts";
import { stableJson } from "./stable_json.ts";
import { type SweepJob, sweepJobs } from "./sweep_jobs.ts";
import { sweepRows } from "./sweep_rows.ts";
import { describeCells, type SweepCell, sweepCells } from "./sweep_table.ts";
import { variationsOf } from "./variation.ts";
import type { Vary } from "./vary_option.ts";

/** Flags of `sweep`. */
export interface SweepFlags extends GraphFlags {
  readonly input: string;
  readonly vary: Vary;
  readonly varyFile?: readonly string[];
  readonly seed?: readonly number[];
  readonly only?: readonly string[];
  readonly limit?: number;
  readonly output?: string;
  readonly table?: string;
  readonly share: boolean;
  readonly kvMemory: number;
  readonly json?: true;
}

/** Checks every variation, runs what is not there yet, and prints the table. */
export async function runSweep(
  graph: string,
  { input, vary, varyFile = [], seed, share, ...flags }: SweepFlags,
): Promise<void> {
  using session = openSession(flags);
  const cases = await readCases(input, flags);
  const files = await Promise.all(varyFile.map(readSettings));
  const variations = variationsOf([...files, ...vary.values()]);
  const jobs = await sweepJobs(graph, variations, seed, graphFlags(flags));
  await checkRowOutputs(flags, input);
  if (share) await requireTemporaryFolder();
  sayNotes(jobs, session);
  using file = await RowsFile.open(sweepRow, flags.output);
  const rows = await sweepRows({
    jobs,
    cases,
    file,
    share: share ? flags.kvMemory : undefined,
  }, quiet(session));
  sayOtherVersions(rows, session, flags.output);
  const cells = sweepCells(rows);
  const { terminal, json } = session;
  terminal.out(
    json ? jsonLine({ type: "table", cells }) : describeCells(cells),
  );
  if (flags.table !== undefined) {
    await writeTable(flags.table, cases, rows, cells);
  }
  refuseFailed(rows);
}

function sayNotes(jobs: readonly SweepJob[], { terminal }: Session): void {
  const notes = new Set(jobs.flatMap((job) => job.notes));
  for (const note of notes) terminal.err(`note: ${note}; left out\n`);
}

/** Rows stay as they are when the program changes; the reader is to know. */
function sayOtherVersions(
  rows: readonly Row[],
  { terminal }: Session,
  output: string | undefined,
): void {
  const now = stableJson(versions());
  const others = rows.filter((row) => stableJson(row.versions) !== now);
  if (others.length === 0) return;
  const count = `${others.length} of ${rows.length} rows`;
  terminal.err(
    `note: ${count} come from other versions of the program or what it runs on; name another --output than '${output}' to compute them again\n`,
  );
}

async function writeTable(
  path: string,
  { hash }: CaseFile,
  rows: readonly Row[],
  cells: readonly SweepCell[],
): Promise<void> {
  const [row] = rows;
  const table = {
    command: commandLine(),
    casesHash: hash,
    model: row?.model ?? null,
    modelHash: row?.modelHash ?? null,
    graph: row?.graph ?? null,
    versions: versions(),
    cells,
  };
  await atomicWrite(path, JSON.stringify(table, null, 1) + "\n");
}

/** A sweep with rows that failed ends with an error; it goes on with these when it is started again. */
function refuseFailed(rows: readonly Row[]): void {
  const failed = rows.flatMap((row) => "error" in row ? [row] : []);
  if (failed.length === 0) return;
  const { variation, case: id, error } = failed[0]!;
  throw new CliError(
    ExitCode.internal,
    `${failed.length} of ${rows.length} rows failed, the first '${variation}' on case ${id}: ${error}`,
  );
}
