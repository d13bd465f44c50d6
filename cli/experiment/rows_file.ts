import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { jsonLine } from "../terminal/json_report.ts";

/** What the rows of a command are, and how they are told from other texts. */
export interface RowKind<R> {
  /** For messages: `sweep`. */
  readonly command: string;
  /** Equal for rows of which the later one holds. */
  key(row: R): string;
  /** Whether a line's JSON is a row. */
  isRow(value: Readonly<Record<string, unknown>>): boolean;
}

/**
 * A file of rows, one JSON object a line, that only grows. A row is on disk before the next one is computed, so that
 * a kill leaves at most a torn last line; opening the file again removes that. Two that write would write over each
 * other's rows: the second is refused.
 */
export class RowsFile<R> implements Disposable {
  readonly #rows = new Map<string, R>();
  readonly #file: Deno.FsFile | undefined;

  private constructor(
    readonly kind: RowKind<R>,
    rows: readonly R[],
    file?: Deno.FsFile,
  ) {
    for (const row of rows) this.#rows.set(kind.key(row), row);
    this.#file = file;
  }

  /** Opens a file, or makes it; rows are only remembered where there is no path. */
  static async open<R>(
    kind: RowKind<R>,
    path?: string,
  ): Promise<RowsFile<R>> {
    if (path === undefined) return new RowsFile(kind, []);
    const file = await Deno.open(path, {
      read: true,
      write: true,
      create: true,
    });
    try {
      if (!(await file.stat()).isFile) {
        throw new CliError(
          ExitCode.usage,
          `Cannot keep rows in '${path}': they are read again to go on, which takes a regular file`,
        );
      }
      await lock(file, path, kind);
      const bytes = await readAll(file);
      const whole = bytes.lastIndexOf(0x0a) + 1;
      const rows = readRows(bytes.subarray(0, whole), path, kind);
      if (whole < bytes.length) {
        refuseForeign(bytes.subarray(whole), path, kind);
        await file.truncate(whole);
      }
      await file.seek(0, Deno.SeekMode.End);
      return new RowsFile(kind, rows, file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Rows that are there. */
  get count(): number {
    return this.#rows.size;
  }

  /** All rows, each key once. */
  all(): R[] {
    return [...this.#rows.values()];
  }

  /** The row with that key, if there is one; of several the last. */
  get(key: string): R | undefined {
    return this.#rows.get(key);
  }

  /** Adds a row; it is on disk when this returns. */
  add(row: R): void {
    this.#rows.set(this.kind.key(row), row);
    if (!this.#file) return;
    let rest = new TextEncoder().encode(jsonLine(row));
    while (rest.length > 0) rest = rest.subarray(this.#file.writeSync(rest));
    this.#file.syncDataSync();
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file?.close();
  }
}

type Named = Pick<RowKind<never>, "command">;

/** Keeps others out until the file is closed or the process ends. */
async function lock(
  file: Deno.FsFile,
  path: string,
  { command }: Named,
): Promise<void> {
  const locked = await file.tryLock(true).catch(() => true); // some network file systems know no locks
  if (locked) return;
  throw new CliError(
    ExitCode.usage,
    `Another ${command} is writing '${path}'; wait for its end, or name another --output`,
  );
}

/** All that is in the file: read through the lock, which on Windows keeps every other reader out. */
async function readAll(file: Deno.FsFile): Promise<Uint8Array> {
  const bytes = new Uint8Array((await file.stat()).size); // [size]
  for (let at = 0; at < bytes.length;) {
    const read = await file.read(bytes.subarray(at));
    if (read === null) return bytes.subarray(0, at);
    at += read;
  }
  return bytes;
}

/** Reads whole lines; one that is no row is a {@linkcode CliError}. */
export function readRows<R>(
  bytes: Uint8Array,
  path: string,
  kind: RowKind<R>,
): R[] {
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  return lines.map((line, i) => {
    const row = rowOf(line, kind);
    if (row) return row;
    throw new CliError(
      ExitCode.usage,
      `'${path}' is no file of this command: line ${
        i + 1
      } is no row of ${kind.command}; name another --output`,
    );
  });
}

function rowOf<R>(line: string, kind: RowKind<R>): R | undefined {
  try {
    const row = JSON.parse(line);
    return kind.isRow(row) ? row : undefined;
  } catch {
    return undefined;
  }
}

/** What stands behind the last line break is removed only where it began as a row. */
function refuseForeign(
  bytes: Uint8Array,
  path: string,
  { command }: Named,
): void {
  const begin = '{"case":';
  const text = new TextDecoder().decode(bytes.subarray(0, begin.length));
  if (begin.startsWith(text)) return;
  throw new CliError(
    ExitCode.usage,
    `'${path}' is no file of this command: it ends with text that is no row of ${command}; name another --output`,
  );
}
