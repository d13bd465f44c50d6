import { type Block, heading, text } from "./blocks.ts";
import { byClass, methodClasses } from "./method_class.ts";
import { type PublishedTable, publishedTables } from "./published.ts";
import type { ReportRow } from "./report_row.ts";
import { isPerplexity, scoreCell } from "./score_cell.ts";
import { distinct, type Setting } from "./setting.ts";

/** The paper's tables that rows of a setting can stand beside: measured above, published below; classes apart. */
export function publishedSections(
  setting: Setting,
  tables: readonly PublishedTable[] = publishedTables,
): Block[] {
  const parts = tables.filter((table) => matches(table, setting)).flatMap(
    (table) =>
      byClass(setting.rows).flatMap(([one, rows]) => {
        const own = rows.filter((row) =>
          isPerplexity(row) === (table.metric === "perplexity")
        );
        return own.length === 0
          ? []
          : [beside(table, own, setting.model, methodClasses[one])];
      }),
  );
  if (parts.length === 0) return [];
  return [
    heading(3, "Beside the paper's figures"),
    text(
      "Rows marked 'published' are the paper's own, on its models, prompts and cards, as printed; nothing about them was measured here, and models differ. Of ours, n is the smallest number of cases of any cell.",
    ),
    ...parts,
  ];
}

/** Says which of the paper's tables no row can stand beside. */
export function unmatchedText(settings: readonly Setting[]): Block[] {
  const missing = unmatchedTables(settings);
  return missing.length === 0 ? [] : [
    text(
      `Of the paper, no row here can stand beside ${
        missing.join(", ")
      } (eval/report/published holds them).`,
    ),
  ];
}

/** Numbers of the paper's tables that no row can stand beside. */
export function unmatchedTables(
  settings: readonly Setting[],
  tables: readonly PublishedTable[] = publishedTables,
): string[] {
  const beside = new Set(
    tables.filter((table) =>
      settings.some((setting) => matches(table, setting))
    ).map(({ table }) => table),
  );
  return distinct(tables.map(({ table }) => table))
    .filter((table) => !beside.has(table));
}

function matches(
  { suites, metric, columns }: PublishedTable,
  { suite, rows }: Setting,
): boolean {
  if (metric === "perplexity") {
    return rows.some((row) =>
      isPerplexity(row) && columns.includes(String(row.length))
    );
  }
  return suites.includes(suite) &&
    rows.some((row) => !isPerplexity(row) && columns.includes(row.task));
}

function beside(
  table: PublishedTable,
  rows: readonly ReportRow[],
  model: string,
  kind: string,
): Block {
  const lengths = table.metric === "perplexity";
  const times = table.unit === "percent" ? 100 : 1;
  const measured = distinct(rows.map(({ method }) => method)).map((method) => {
    const cells = table.columns.map((column) =>
      scoreCell(
        rows.filter((row) =>
          row.method === method &&
          (lengths ? String(row.length) : row.task) === column
        ),
      )
    );
    const known = cells.filter(({ value }) => value !== null);
    const average = known.reduce((sum, c) => sum + c.value!, 0) / known.length;
    const least = Math.min(...known.map(({ n }) => n));
    return [
      `${method}, ${model}`,
      known.length === 0 ? "0" : String(least),
      ...cells.map(({ value }) =>
        value === null ? "–" : (times * value).toFixed(2)
      ),
      known.length === cells.length && !lengths
        ? (times * average).toFixed(2)
        : "–",
    ];
  });
  const published = table.rows.map(({ method, values, average, note }) => [
    `published: ${method}${note === undefined ? "" : ` (${note})`}`,
    "",
    ...values.map((value) => value === null ? "–" : String(value)),
    average === undefined ? "–" : String(average),
  ]);
  return {
    kind: "table",
    caption:
      `${table.table}: ${table.title}, published for ${table.model}; ${kind} measured. ${table.paper}${
        table.note === undefined ? "" : ` ${table.note}`
      }`,
    head: ["method", "n", ...table.columns, "average"],
    rows: [...measured, ...published],
  };
}
