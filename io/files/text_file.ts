import { openByteSource } from "./byte_source.ts";
import { FormatError } from "../format_error.ts";
import { binaryKind } from "./binary_kind.ts";
import { invalidUtf8 } from "./invalid_utf8.ts";

/** Longer texts do not fit into one JavaScript string. */
const MOST = 256 * 1024 * 1024;
/** Above this share of invalid bytes a file is not taken for text. */
const MOST_INVALID = 0.3;

/** What standard input is called in messages. */
const STDIN = "standard input";

/** A text and what was odd about its file. */
export interface TextFile {
  readonly text: string;
  /** One sentence each, for the user. */
  readonly warnings: readonly string[];
}

/**
 * Reads a text file, or standard input for `-`.
 *
 * UTF-8 with or without byte order mark, or UTF-16 with one. Invalid bytes
 * become U+FFFD with a warning.
 *
 * @throws {FormatError} If the file cannot be read or is no text; the message
 * names the likely kind and what would work.
 */
export async function readText(
  path: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<TextFile> {
  if (path !== "-") return decodeText(await readFile(path, signal), path);
  const bytes = await readStream(Deno.stdin.readable, STDIN, signal);
  return decodeText(bytes, STDIN);
}

/** Decodes the bytes of a text file; `path` names it in errors. */
export function decodeText(bytes: Uint8Array, path: string): TextFile {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe
    ? "utf-16le"
    : bytes[0] === 0xfe && bytes[1] === 0xff
    ? "utf-16be"
    : undefined;
  if (utf16) {
    const text = new TextDecoder(utf16).decode(bytes);
    const nul = text.indexOf("\0");
    refuseNul(nul < 0 ? nul : nul * 2 + 2, path);
    return { text, warnings: [] };
  }
  const text = new TextDecoder("utf-8").decode(bytes);
  refuseBinary(bytes, text, path);
  const { count, first } = text.includes("\ufffd")
    ? invalidUtf8(bytes)
    : { count: 0, first: 0 };
  if (count === 0) return { text, warnings: [] };
  if (count > bytes.length * MOST_INVALID) {
    throw new FormatError(
      path,
      "most of it is not UTF-8; convert it, for instance with iconv -f WINDOWS-1251 -t UTF-8",
      first,
    );
  }
  return {
    text,
    warnings: [
      `"${path}" is not valid UTF-8: ${count} invalid ${
        count === 1 ? "sequence" : "sequences"
      }, the first at byte ${first}, became U+FFFD`,
    ],
  };
}

/** A text may begin like a binary file ("GGUF is …"): only one with odd bytes is taken for it. */
function refuseBinary(bytes: Uint8Array, text: string, path: string): void {
  const kind = binaryKind(bytes);
  const nul = bytes.indexOf(0);
  if (kind && (kind.mayBeAscii || nul >= 0 || text.includes("\ufffd"))) {
    throw new FormatError(path, `it is ${kind.name}; ${kind.instead}`);
  }
  refuseNul(nul, path);
}

function refuseNul(at: number, path: string): void {
  if (at < 0) return;
  throw new FormatError(
    path,
    "it holds NUL bytes, so it is binary or UTF-16 without byte order mark; convert it to UTF-8 text",
    at,
  );
}

async function readFile(
  path: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (await isPipe(path)) {
    return await readStream((await Deno.open(path)).readable, path, signal);
  }
  await using source = await openByteSource(path);
  refuseLarge(source.size, path);
  return await source.read(0, source.size);
}

/** A shell's `<(command)` is a pipe: of no size, read once. */
async function isPipe(path: string): Promise<boolean> {
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    return !isFile && !isDirectory;
  } catch {
    return false; // opening it says why
  }
}

async function readStream(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  path: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const sink = new WritableStream<Uint8Array<ArrayBuffer>>({
    write(piece) {
      pieces.push(piece);
      refuseLarge(size += piece.length, path);
    },
  });
  await stream.pipeTo(sink, signal ? { signal } : {});
  return await new Blob(pieces).bytes();
}

function refuseLarge(size: number, path: string): void {
  if (size <= MOST) return;
  throw new FormatError(
    path,
    `it has more than ${MOST} bytes; split it into smaller texts`,
  );
}
