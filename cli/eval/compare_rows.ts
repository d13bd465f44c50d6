import {
  comparePaired,
  type PairedComparison,
} from "../../eval/statistics/compare_paired.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import type { RowSide } from "./choose_sides.ts";
import { type CellPlace, placeKey, tableValue } from "./eval_cells.ts";
import type { DoneRow } from "./eval_row.ts";

/** Two methods on the cases of one task and length that both have. */
export interface ComparedCell extends CellPlace, PairedComparison {
  readonly metric: string;
}

/** What came of a comparison. */
export interface ComparedRows {
  readonly cells: readonly ComparedCell[];
  /** What is different beside the methods. */
  readonly notes: readonly string[];
}

/**
 * Pairs the rows of two methods by case. Rows of other suites, of the same case with other texts or data, or without a
 * common case are a {@linkcode CliError}.
 */
export function compareRows(a: RowSide, b: RowSide): ComparedRows {
  const suites = [a, b].map(({ rows }) => new Set(rows.map((r) => r.suite)));
  const shared = [...suites[0]!].filter((suite) => suites[1]!.has(suite));
  if (shared.length === 0) {
    throw refuse(
      a,
      b,
      `their suites are others: ${[...suites[0]!]} and ${[...suites[1]!]}`,
    );
  }
  const others = new Map(b.rows.map((row) => [caseKey(row), row]));
  const cells = new Map<string, [DoneRow, DoneRow][]>();
  for (const row of a.rows) {
    const other = others.get(caseKey(row));
    if (!other) continue;
    checkSameCase(row, other, a, b);
    const key = placeKey(row);
    cells.set(key, [...cells.get(key) ?? [], [row, other]]);
  }
  if (cells.size === 0) throw refuse(a, b, "they have no case in common");
  return {
    cells: [...cells.values()].map((pairs) => cellOf(pairs)),
    notes: notesOf(a, b, [...cells.values()].flat().length),
  };
}

const caseKey = ({ suite, case: id }: DoneRow) => JSON.stringify([suite, id]);

function cellOf(pairs: readonly (readonly [DoneRow, DoneRow])[]): ComparedCell {
  const [{ task, group, length, metric }] = pairs[0]!;
  return {
    task,
    group,
    length,
    metric,
    ...comparePaired(
      pairs.map(([row]) => tableValue(row)),
      pairs.map(([, row]) => tableValue(row)),
    ),
  };
}

function checkSameCase(
  row: DoneRow,
  other: DoneRow,
  a: RowSide,
  b: RowSide,
): void {
  if (row.dataHash !== other.dataHash) {
    const hashes = `${row.dataHash} and ${other.dataHash}`;
    throw refuse(a, b, `case ${row.case} was read from other data: ${hashes}`);
  }
  if (row.caseHash === other.caseHash) return;
  throw refuse(
    a,
    b,
    `case ${row.case} has another document, question or answer in each (hashes ${
      row.caseHash.slice(0, 12)
    } and ${
      other.caseHash.slice(0, 12)
    }); it was made by another version, template or tokenizer`,
  );
}

function notesOf(a: RowSide, b: RowSide, common: number): string[] {
  const notes: string[] = [];
  const differs = (name: "modelHash" | "vocabularyHash" | "chatTemplateHash") =>
    a.rows[0]![name] !== b.rows[0]![name];
  if (differs("modelHash")) notes.push("the models are others");
  if (differs("chatTemplateHash")) notes.push("the chat templates are others");
  const [knowsA, knowsB] = [a, b].map(({ rows }) => knowledge(rows[0]!));
  if (knowsA !== knowsB) {
    notes.push(`${a.name} ${knowsA}, ${b.name} ${knowsB}`);
  }
  for (const { name, rows, failed } of [a, b]) {
    const alone = rows.length - common;
    if (alone > 0) notes.push(`${alone} cases of ${name} alone are left out`);
    if (failed > 0) notes.push(`${failed} rows of ${name} failed`);
  }
  return notes;
}

/** What a method knows when it chooses what to keep; methods that know other things are no fair pair. */
function knowledge({ oracle, queryAware }: DoneRow): string {
  if (oracle) return "knows the answer";
  return `${queryAware ? "sees" : "does not see"} the question`;
}

function refuse(a: RowSide, b: RowSide, reason: string): CliError {
  return new CliError(
    ExitCode.usage,
    `'${a.name}' and '${b.name}' cannot be compared: ${reason}; compare rows of the same cases`,
  );
}
