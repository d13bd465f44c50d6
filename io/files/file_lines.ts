import { openByteSource } from "./byte_source.ts";
import { FormatError } from "../format_error.ts";

/** Bytes that are read at once. */
const piece = 1024 * 1024;
const newline = 10;

/** A line of a file. */
export interface FileLine {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * The lines of a UTF-8 file of any size, one in memory at a time. Lines end at a line feed, which is left out.
 *
 * @throws {FormatError} If it cannot be read or a line is not UTF-8.
 */
export async function* fileLines(path: string): AsyncGenerator<FileLine> {
  await using source = await openByteSource(path);
  let line = 0;
  let held: Uint8Array[] = [];
  const take = (last: Uint8Array): FileLine => {
    line++;
    const text = decode([...held, last], path, line);
    held = [];
    return { text, line };
  };
  for (let at = 0; at < source.size; at += piece) {
    const bytes = await source.read(at, Math.min(piece, source.size - at));
    let from = 0;
    for (let to; (to = bytes.indexOf(newline, from)) >= 0; from = to + 1) {
      yield take(bytes.subarray(from, to));
    }
    if (from < bytes.length) held.push(bytes.subarray(from));
  }
  if (held.length > 0) yield take(new Uint8Array(0));
}

function decode(
  parts: readonly Uint8Array[],
  path: string,
  line: number,
): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return parts.map((part) => decoder.decode(part, { stream: true })).join(
      "",
    ) + decoder.decode();
  } catch (cause) {
    throw new FormatError(
      path,
      `line ${line} is not UTF-8; it is damaged, so fetch it again`,
      undefined,
      { cause },
    );
  }
}
