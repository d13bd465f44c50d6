import { markedName, withLegend } from "./aware_mark.ts";
import { casesText, intervalText, NONE, thousands } from "./cell_text.ts";
import { markdownTable } from "./markdown_table.ts";
import type { MethodClasses } from "./method_classes.ts";
import { readScores, readStored } from "./stored_scores.ts";

/** A length, and the run that asked it. */
export interface AskedLength {
  readonly length: number;
  readonly run: string;
}

/** What a table of perplexities asks. */
export interface AskedPerplexity {
  readonly asked: readonly AskedLength[];
  readonly methods: readonly string[];
}

/** Mean perplexities with their intervals by length, and the entries that are left at the last one; methods that see the question are marked. */
export async function perplexityTable(
  folder: URL,
  { asked, methods }: AskedPerplexity,
  classes: MethodClasses,
): Promise<string> {
  const columns = await Promise.all(asked.map(async ({ length, run }) => {
    const scores = await readScores(folder, run);
    return methods.map((method) => scores.at("continuation", length, method));
  }));
  const last = asked.at(-1)!;
  const entries = await entriesOf(folder, last);
  const rows = methods.map((method, i) => [
    markedName(method, classes),
    ...columns.map((column) => intervalText(column[i]!, perplexityText)),
    entries.has(method) ? thousands(entries.get(method)!) : NONE,
  ]);
  const head = [
    "perplexity",
    ...asked.map(({ length }) => thousands(length)),
    `entries at ${thousands(last.length)}`,
  ];
  const n = ["n", ...columns.map(casesText), ""];
  return withLegend(markdownTable(head, [...rows, n]));
}

function perplexityText(value: number): string {
  return value < 1000 ? value.toFixed(1) : thousands(value);
}

interface Cell {
  readonly length: number;
  readonly method: string;
  readonly entries: number | null;
}

async function entriesOf(
  folder: URL,
  { length, run }: AskedLength,
): Promise<Map<string, number>> {
  const stored = await readStored(folder, `${run}.json`);
  const cells = (stored?.cells ?? []) as Cell[];
  return new Map(
    cells.flatMap((cell) =>
      cell.length === length && cell.entries !== null
        ? [[cell.method, cell.entries] as const]
        : []
    ),
  );
}
