import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { type DoneRow, doneRows, type EvalRow } from "./eval_row.ts";

/** One side of a comparison. */
export interface RowSide {
  /** For people: the method, with the file where two have one name. */
  readonly name: string;
  readonly rows: readonly DoneRow[];
  readonly failed: number;
}

/** Rows of a file. */
export interface FileRows {
  readonly path: string;
  readonly rows: readonly EvalRow[];
}

/**
 * The two sides among the rows of one or two files: by their names, or the only method of each file, or the only two
 * of one. Anything else is a {@linkcode CliError}.
 */
export function chooseSides(
  [first, second = first]: readonly FileRows[],
  names?: readonly string[],
): [RowSide, RowSide] {
  const [a, b] = [first!, second!];
  const one = a === b;
  if (names && names.length !== 2) {
    throw usage("--methods names two methods, such as ours,paper");
  }
  const [nameA, nameB] = names ??
    (one ? two(a) : [only(a), only(b)] as const);
  const sides = [sideOf(a, nameA!), sideOf(b, nameB!)] as const;
  if (one && nameA === nameB) {
    throw usage(`--methods names '${nameA}' twice; name two methods`);
  }
  return nameA !== nameB ? [...sides] : [
    { ...sides[0], name: `${nameA} (${a.path})` },
    { ...sides[1], name: `${nameB} (${b.path})` },
  ];
}

function methodsOf({ rows }: FileRows): string[] {
  return [...new Set(rows.map(({ method }) => method))];
}

function two(file: FileRows): string[] {
  const methods = methodsOf(file);
  if (methods.length === 2) return methods;
  throw usage(
    `'${file.path}' holds ${methods.length} methods (${
      methods.join(", ")
    }); choose two: --methods ${methods.slice(0, 2).join(",") || "a,b"}`,
  );
}

function only(file: FileRows): string {
  const methods = methodsOf(file);
  if (methods.length === 1) return methods[0]!;
  throw usage(
    `'${file.path}' holds ${methods.length} methods (${
      methods.join(", ")
    }); choose one of each file: --methods a,b`,
  );
}

function sideOf(file: FileRows, name: string): RowSide {
  const rows = file.rows.filter(({ method }) => method === name);
  if (rows.length === 0) {
    throw usage(
      `'${file.path}' has no method '${name}'; it has: ${
        methodsOf(file).join(", ")
      }`,
    );
  }
  for (const key of ["effectiveHash", "modelHash"] as const) {
    if (new Set(rows.map((row) => row[key])).size === 1) continue;
    const what = key === "modelHash" ? "models" : "graphs";
    throw usage(
      `'${file.path}' holds rows of '${name}' with several ${what}; keep them in files of their own`,
    );
  }
  const done = doneRows(rows);
  return { name, rows: done, failed: rows.length - done.length };
}

const usage = (message: string) => new CliError(ExitCode.usage, message);
