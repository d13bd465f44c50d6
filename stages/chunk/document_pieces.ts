import type { Chunk, Prompt, TokenizedDocument } from "../types.ts";

/** UTF-8 bytes of the document's text, encoded once. */
export function documentBytes(document: TokenizedDocument): Uint8Array {
  return new TextEncoder().encode(document.source.text);
}

/** Turns token borders `[0, …, N]` into chunks that know their bytes and their line. */
export function documentPieces(
  document: TokenizedDocument,
  prompt: Pick<Prompt, "lead" | "tail">,
  borders: readonly number[],
  bytes: Uint8Array = documentBytes(document),
): Chunk[] {
  checkNotNothing(document, prompt);
  const sizes = borders.slice(1).map((end, i) => end - borders[i]!);
  const longest = sizes.reduce((a, b) => Math.max(a, b), 0);
  const positions = prompt.lead.length + longest + prompt.tail.length;
  const byteAt = (token: number) =>
    token === 0 ? 0 : document.byteEnds[token - 1]!;
  let line = 1;
  let read = 0;
  return borders.slice(1).map((end, index) => {
    const start = borders[index]!;
    const byteStart = byteAt(start);
    for (; read < byteStart; read++) if (bytes[read] === newline) line++;
    return {
      index,
      count: borders.length - 1,
      lead: prompt.lead,
      tokens: document.ids.subarray(start, end), // [end - start]
      byteStart,
      byteEnd: byteAt(end),
      line,
      positions,
    };
  });
}

/** One chunk out of some of the document's tokens, for baselines that read only a part. */
export function onePiece(
  document: TokenizedDocument,
  prompt: Pick<Prompt, "lead" | "tail">,
  tokens: Int32Array,
): Chunk {
  checkNotNothing(document, prompt);
  return {
    index: 0,
    count: 1,
    lead: prompt.lead,
    tokens,
    byteStart: 0,
    byteEnd: document.byteEnds.at(-1) ?? 0,
    line: 1,
    positions: prompt.lead.length + tokens.length + prompt.tail.length,
  };
}

function checkNotNothing(
  document: TokenizedDocument,
  prompt: Pick<Prompt, "lead">,
): void {
  if (document.ids.length + prompt.lead.length > 0) return;
  throw new RangeError(
    `Document '${document.source.name}' is empty and the model starts text with no token of its own: there is nothing to read`,
  );
}

const newline = 0x0a;
