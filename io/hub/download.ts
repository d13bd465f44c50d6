import { dirname } from "node:path";
import { checkFile } from "./check_file.ts";
import type { HubClient } from "./hub_client.ts";
import { HubError } from "./hub_error.ts";
import type { HubFile } from "./hub_file.ts";
import type { HubReference } from "./reference.ts";
import { refusalOf } from "./refusal.ts";
import { type HubAnswer, request } from "./request.ts";
import { Transient, withRetries } from "./retry.ts";

/** What is fetched, and to where. */
export interface Download {
  readonly file: HubFile;
  readonly url: string;
  /** The file that grows; what an earlier download left in it is gone on with. */
  readonly part: string;
  readonly wanted: HubReference;
  /** Hears how many bytes are on disk. */
  onBytes(done: number): void;
}

/** Bytes more than ever before that count as getting on. */
const GAIN = 2 ** 20;

/**
 * Fetches a file into its part and checks it: afterwards the part holds the file's bytes, all of them and no others.
 *
 * Goes on at the end of what is there, if the server still has the same file, and starts again where it has another.
 * A file glued from several pieces that turns out wrong is fetched once more, in one piece.
 *
 * @throws {HubError} If the file cannot be had. A part that is wrong is removed, one that is short stays.
 */
export async function download(
  { file, url, part, wanted, onBytes }: Download,
  client: HubClient,
): Promise<void> {
  await Deno.mkdir(dirname(part), { recursive: true });
  let furthest = await sizeOf(part);
  for (let again = false;; again = true) {
    let glued = false;
    await withRetries(async () => {
      const offset = await goOnFrom(part, file);
      if (offset === file.size) {
        glued = true; // it came in an earlier download
        return;
      }
      const rest = await ask({ file, url, part, wanted }, offset, client);
      let done = rest.offset;
      glued = done > 0;
      try {
        await append(part, rest, file, (bytes) => onBytes(done = bytes));
      } catch (error) {
        if (!(error instanceof Transient)) throw error;
        const gained = done >= furthest + GAIN;
        furthest = Math.max(furthest, done);
        throw atByte(error, { done, file, gained });
      }
    }, client);
    const wrong = await checkFile(part, file, client.signal);
    if (!wrong) return await forget(validatorPath(part));
    await removePart(part);
    if (!glued || again) throw wrong;
    client.onRetry(wrong.message, 0);
  }
}

/** Where to go on: the size of what is there, if it can be the beginning of the file. */
async function goOnFrom(part: string, { size }: HubFile): Promise<number> {
  const there = await sizeOf(part);
  if (there > size) {
    await removePart(part);
    return 0;
  }
  // An empty file is never asked for.
  if (size === 0) await Deno.writeFile(part, new Uint8Array());
  return there;
}

/** The rest of a file, and the byte at which it begins. */
interface Rest {
  readonly answer: HubAnswer;
  readonly offset: number;
}

/** Asks for the rest of a file, and makes sure that it fits to what is there. */
async function ask(
  { file, url, part, wanted }: Omit<Download, "onBytes">,
  offset: number,
  client: HubClient,
): Promise<Rest> {
  const range = offset > 0 ? { range: `bytes=${offset}-` } : undefined;
  const answer = await request(url, { ...range }, client);
  try {
    if (answer.status === 416) {
      await removePart(part);
      throw new Transient("wrong-size", `'${answer.host}' has less of it`, {
        wait: 0,
      });
    }
    const refusal = refusalOf(answer, { ...wanted, file: file.path }, client);
    if (refusal) throw refusal;
    const validator = validatorOf(answer);
    if (answer.status !== 206 || offset === 0) {
      checkLength(answer, file, 0);
      await startAnew(part, validator);
      return { answer, offset: 0 }; // the whole file, whatever was asked for
    }
    const before = await Deno.readTextFile(validatorPath(part)).catch(() => "");
    if (before !== (validator ?? before) || !continues(answer, offset)) {
      await removePart(part);
      throw new Transient(
        "wrong-hash",
        `'${file.path}' changed on the hub while it was fetched; it starts again`,
        { wait: 0 },
      );
    }
    checkLength(answer, file, offset);
    return { answer, offset };
  } catch (error) {
    answer.cancel();
    throw error;
  }
}

/** Writes what comes behind what is there. */
async function append(
  part: string,
  { answer, offset }: Rest,
  { path, size }: HubFile,
  onBytes: (done: number) => void,
): Promise<void> {
  using file = await Deno.open(part, { write: true });
  await file.seek(offset, Deno.SeekMode.Start);
  let done = offset;
  for await (const piece of answer.read()) {
    if (done + piece.length > size) {
      await removePart(part);
      throw wrongSize(path, `more than ${size}`, size);
    }
    for (let rest = piece; rest.length > 0;) {
      rest = rest.subarray(await file.write(rest));
    }
    done += piece.length;
    onBytes(done);
  }
  await file.syncData();
  if (done < size) {
    throw new Transient("cut", `'${answer.host}' ended the connection`, {
      advice: "run the same command again: it goes on where it stopped",
    });
  }
}

/** Makes sure that a length that the server promises is the one that is missing. */
function checkLength(
  { headers }: HubAnswer,
  { path, size }: HubFile,
  offset: number,
): void {
  const length = headers.get("content-length");
  if (length === null || headers.has("content-encoding")) return;
  const whole = offset + Number(length);
  if (whole !== size) throw wrongSize(path, String(whole), size);
}

function wrongSize(path: string, found: string, size: number): HubError {
  return new HubError(
    "wrong-size",
    `'${path}' would have ${found} bytes and the hub lists ${size}: it may be changing on the hub, or a proxy changes it; run the same command again`,
  );
}

/** Whether an answer begins at the byte that was asked for. */
function continues({ headers }: HubAnswer, offset: number): boolean {
  return (headers.get("content-range") ?? "").startsWith(`bytes ${offset}-`);
}

/** What names the bytes that a server would send: the hub's own word for it, before it redirects, comes first. */
function validatorOf({ headers, hubHeaders }: HubAnswer): string | undefined {
  const tag = hubHeaders.get("x-linked-etag") ?? headers.get("etag");
  return tag?.replace(/^W\//, "") || undefined;
}

async function startAnew(
  part: string,
  validator: string | undefined,
): Promise<void> {
  await Deno.writeFile(part, new Uint8Array());
  await Deno.writeTextFile(validatorPath(part), validator ?? "");
}

function validatorPath(part: string): string {
  return `${part}.etag`;
}

/** Removes a part and what it began with. */
export async function removePart(part: string): Promise<void> {
  await forget(part);
  await forget(validatorPath(part));
}

async function forget(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

async function sizeOf(path: string): Promise<number> {
  return (await Deno.stat(path).catch(() => undefined))?.size ?? 0;
}

function atByte(
  { kind, message, advice, wait }: Transient,
  { done, file, gained }: { done: number; file: HubFile; gained: boolean },
): Transient {
  const where = `at byte ${done} of ${file.size} of '${file.path}'`;
  return new Transient(kind, `${message} ${where}`, { advice, wait, gained });
}
