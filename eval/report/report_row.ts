import { z } from "zod";

/** What stands in every row of `eval`, as far as a report reads it. */
const Base = z.object({
  case: z.string(),
  suite: z.string(),
  task: z.string(),
  /** A part of the task that tables keep apart. */
  group: z.string().nullable().default(null),
  /** Tokens that were asked for; `null` where the data says how long a document is. */
  length: z.number().nullable(),
  method: z.string(),
  queryAware: z.boolean(),
  /** Whether the method knows the answer: a bound, no method. */
  oracle: z.boolean().default(false),
  metric: z.string(),
  graph: z.string(),
  graphHash: z.string(),
  effectiveHash: z.string(),
  caseHash: z.string(),
  model: z.string().nullable(),
  modelHash: z.string().nullable(),
  vocabularyHash: z.string(),
  chatTemplateHash: z.string().nullable().default(null),
  dataHash: z.string().nullable().default(null),
  /** What the case was read from, and whether these are the bytes that its owner published. */
  files: z.array(z.object({
    name: z.string(),
    sha256: z.string(),
    published: z.boolean().nullable(),
  })).default([]),
  template: z.string().nullable().default(null),
  versions: z.record(z.string(), z.string()),
  /** The command that made the row; rows of before do not say it. */
  command: z.string().nullable().default(null),
  /** When the row was written, UTC. */
  at: z.string(),
});

const Done = Base.extend({
  /** From 0, wrong, to 1, right. */
  score: z.number().min(0).max(1),
  /** Mean NLL of a given continuation's tokens, in nats. */
  nll: z.number().optional(),
  seconds: z.number(),
  firstTokenSeconds: z.number().nullable(),
  kept: z.object({ entries: z.number(), bytes: z.number() }),
  /** The most bytes of KV that were leased at the same time. */
  peakBytes: z.number(),
  /** The most bytes that the process had held up to then. */
  processPeakBytes: z.number().optional(),
  provider: z.string(),
  warnings: z.array(z.string()).default([]),
});

const Failed = Base.extend({ error: z.string() });

/** A row whose run gave an answer. */
export type DoneReportRow = z.infer<typeof Done>;

/** One row of `eval`, as far as a report reads it. */
export type ReportRow = DoneReportRow | z.infer<typeof Failed>;

/**
 * Reads a row of `eval`; other fields are passed over.
 *
 * @throws {SyntaxError} If it is none, with the field that is missing or wrong.
 */
export function reportRow(value: unknown): ReportRow {
  const failed = typeof value === "object" && value !== null &&
    "error" in value;
  const { data, error } = (failed ? Failed : Done).safeParse(value);
  if (data) return data;
  const { path, message } = error.issues[0]!;
  throw new SyntaxError(
    `No row of 'eval': ${
      path.length > 0 ? `${path.join(".")}: ` : ""
    }${message}`,
  );
}

/** Rows without those that failed. */
export function doneRows(rows: readonly ReportRow[]): DoneReportRow[] {
  return rows.flatMap((row) => "error" in row ? [] : [row]);
}

/**
 * Every row once: of several about one method, case and model the last.
 *
 * @throws {RangeError} If a method was run on a case by different graphs: its rows would count twice.
 */
export function latestRows(rows: readonly ReportRow[]): ReportRow[] {
  const latest = new Map<string, ReportRow>();
  for (const row of rows) {
    const { method, effectiveHash, caseHash, modelHash } = row;
    const key = JSON.stringify([method, effectiveHash, caseHash, modelHash]);
    latest.set(key, row);
  }
  const graphs = new Map<string, ReportRow>();
  for (const row of latest.values()) {
    const { method, caseHash, modelHash } = row;
    const key = JSON.stringify([method, caseHash, modelHash]);
    const other = graphs.get(key);
    if (other !== undefined) {
      throw new RangeError(
        `Method '${method}' ran case '${row.case}' with two graphs, '${other.graph}' (${
          other.effectiveHash.slice(0, 12)
        }) and '${row.graph}' (${
          row.effectiveHash.slice(0, 12)
        }); leave the rows of one of them out, or give them another label`,
      );
    }
    graphs.set(key, row);
  }
  return [...latest.values()];
}
