import { type Block, heading } from "./blocks.ts";
import { doneRows, type ReportRow } from "./report_row.ts";
import { distinct, fileName } from "./setting.ts";
import { withoutFolders } from "./without_folders.ts";

/** Where a report's rows come from. */
export interface RowsOrigin {
  readonly name: string;
  readonly sha256: string;
  readonly rows: number;
}

/** What a report was written by, and what rows were computed with. */
export function provenanceSections(
  rows: readonly ReportRow[],
  { files, command }: {
    readonly files: readonly RowsOrigin[];
    readonly command: string;
  },
): Block[] {
  return [
    heading(2, "Where this comes from"),
    { kind: "list", items: [`Written by: ${command}`] },
    ...originBlocks(rows, files),
  ];
}

/** What rows were computed with, and what went wrong. */
export function originBlocks(
  rows: readonly ReportRow[],
  files: readonly RowsOrigin[],
): Block[] {
  const done = doneRows(rows);
  const dates = rows.map(({ at }) => at).sort();
  const peaks = done.flatMap(({ processPeakBytes }) => processPeakBytes ?? []);
  const list = (name: string, values: readonly (string | null)[]) => {
    const known = distinct(values.filter((value) => value !== null));
    return known.length === 0 ? [] : [`${name}: ${known.join("; ")}`];
  };
  return [
    {
      kind: "list",
      items: [
        ...files.map(({ name, sha256, rows }) =>
          `Rows: ${fileName(name)}, ${rows} rows, SHA-256 ${sha256}`
        ),
        `Computed from ${dates[0]} to ${dates.at(-1)}`,
        ...list(
          "Models",
          rows.map(({ model, modelHash }) =>
            model === null
              ? null
              : `${fileName(model)}, SHA-256 ${short(modelHash)}`
          ),
        ),
        ...list("Vocabularies", rows.map((row) => short(row.vocabularyHash))),
        ...list(
          "Chat templates",
          rows.map((row) =>
            row.chatTemplateHash && short(row.chatTemplateHash)
          ),
        ),
        ...list("Data", rows.map((row) => row.dataHash && short(row.dataHash))),
        ...list(
          "Data files",
          rows.flatMap(({ files }) =>
            files.map(({ name, sha256, published }) =>
              `${fileName(name)}, SHA-256 ${short(sha256)}, ${
                published === null
                  ? "no published checksum is known"
                  : published
                  ? "as published"
                  : "not as published"
              }`
            )
          ),
        ),
        ...list("Templates of suites", rows.map(({ template }) => template)),
        ...list(
          "Versions",
          rows.map(({ versions }) =>
            Object.entries(versions).map(([name, version]) =>
              `${name} ${version}`
            ).join(", ")
          ),
        ),
        ...list("Providers", done.map(({ provider }) => provider)),
        ...(peaks.length === 0 ? [] : [
          `Most that a process held: ${
            (Math.max(...peaks) / 2 ** 20).toFixed(0)
          } MiB`,
        ]),
      ],
    },
    graphs(rows),
    ...trouble("Runs that failed", [
      ...rows.flatMap((row) =>
        "error" in row ? [`${row.method}: ${withoutFolders(row.error)}`] : []
      ),
    ]),
    ...trouble("Warnings", done.flatMap(({ warnings }) => warnings)),
  ];
}

function graphs(rows: readonly ReportRow[]): Block {
  const methods = distinct(rows.map(({ method }) => method));
  return {
    kind: "table",
    words: true,
    caption: "graphs; the hash of the last column is of the graph as it ran",
    head: ["method", "graph", "SHA-256 of the file", "SHA-256 as run"],
    rows: methods.map((method) => {
      const own = rows.filter((row) => row.method === method);
      const ran = distinct(own.map((row) => short(row.effectiveHash)));
      return [
        method,
        distinct(own.map(({ graph }) => fileName(graph))).join(", "),
        distinct(own.map(({ graphHash }) => short(graphHash))).join(", "),
        ran.length <= 3
          ? ran.join(", ")
          : `${ran.length}: options of the cases differ`,
      ];
    }),
  };
}

function trouble(title: string, said: readonly string[]): Block[] {
  if (said.length === 0) return [];
  const items = distinct(said).map((one) =>
    `${said.filter((other) => other === one).length} × ${one}`
  );
  return [heading(3, title), { kind: "list", items }];
}

const short = (hash: string | null) =>
  hash === null ? "none" : hash.slice(0, 16);
