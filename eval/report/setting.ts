import type { ReportRow } from "./report_row.ts";

/** Rows that can stand beside each other: one suite on one model. */
export interface Setting {
  readonly suite: string;
  /** The model's file name, or its own name; with its hash where another model of the suite has the same. */
  readonly model: string;
  readonly rows: readonly ReportRow[];
}

/** Rows by suite and model, in the order in which they come. */
export function settingsOf(rows: readonly ReportRow[]): Setting[] {
  const settings = new Map<string, ReportRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([fileName(row.suite), row.modelHash]);
    const own = settings.get(key);
    if (own) own.push(row);
    else settings.set(key, [row]);
  }
  const named = [...settings.values()].map((own) => ({
    suite: fileName(own[0]!.suite),
    model: fileName(own[0]!.model ?? "no model"),
    rows: own,
  }));
  return named.map((setting) => {
    const { suite, model, rows } = setting;
    const alike = named.filter((o) => o.suite === suite && o.model === model);
    return alike.length === 1 ? setting : {
      ...setting,
      model: `${model} (SHA-256 ${rows[0]!.modelHash?.slice(0, 8) ?? "none"})`,
    };
  });
}

/** The last part of a path; names stay as they are. */
export function fileName(path: string): string {
  return path.startsWith("hf:") ? path : path.split(/[\\/]/).at(-1) || path;
}

/** Every value once, in the order in which they come. */
export function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/** Every length of some rows, the longest last; `null` before all. */
export function lengthsOf(rows: readonly ReportRow[]): (number | null)[] {
  return distinct(rows.map(({ length }) => length))
    .sort((a, b) => (a ?? 0) - (b ?? 0));
}

/** A length as a column's name. */
export function lengthName(length: number | null): string {
  return length === null
    ? "as published"
    : `${length.toLocaleString("en")} tokens`;
}

/** A task, and the part of it that is kept apart. */
export function taskName(
  { task, group }: Pick<ReportRow, "task" | "group">,
): string {
  return group === null ? task : `${task} ${group}`;
}
