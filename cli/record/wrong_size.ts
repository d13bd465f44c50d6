import type { RunRecord } from "./run_record.ts";

/** Heads of all layers that are believed where no list says so. */
const MOST_HEADS = 2 ** 16;
/** Tokens of a chunk that are believed where no document says so. */
const MOST_TOKENS = 2 ** 24;

/** The first number in a record that does not fit the lists and texts in it; what is shown would be sized by it. */
export function wrongSize(record: RunRecord): string | undefined {
  return wrongSets(record) ?? wrongTokens(record);
}

function wrongSets(
  { sets: { layers, kvHeads, lists, stages } }: RunRecord,
): string | undefined {
  const heads = layers * kvHeads;
  if (heads > MOST_HEADS) {
    return `sets: '${layers}' layers of '${kvHeads}' KV heads are no model's`;
  }
  for (const [s, { before, chunks }] of stages.entries()) {
    if (before !== null && before >= s) {
      return `sets.stages.${s}.before: '${before}' is no stage before it`;
    }
    for (const [c, { chunk: _, ...given }] of chunks.entries()) {
      for (const [name, own] of Object.entries(given)) {
        if (!own) continue;
        const place = `sets.stages.${s}.chunks.${c}.${name}`;
        if (own.length !== heads) {
          return `${place}: '${own.length}' lists for ${layers} layers of ${kvHeads} KV heads`;
        }
        const lost = own.find((list) => list >= lists.length);
        if (lost !== undefined) {
          return `${place}: no list '${lost}' of ${lists.length}`;
        }
      }
    }
  }
  const odd = lists.findIndex((runs) => runs.length % 2 > 0);
  return odd < 0 ? undefined : `sets.lists.${odd}: a run has no end`;
}

function wrongTokens({ document, chunks }: RunRecord): string | undefined {
  // A token is a byte at least; a tokenizer may add a space, or write a letter as two.
  const bytes = document && new TextEncoder().encode(document.text).length;
  if (document && document.tokens > 2 * bytes! + 16) {
    return `document.tokens: '${document.tokens}' for ${bytes} bytes of text`;
  }
  const most = document?.tokens ?? MOST_TOKENS;
  for (const [c, { tokens, pieces = [] }] of chunks.entries()) {
    if (tokens > most) {
      return `chunks.${c}.tokens: '${tokens}' of a document of at most ${most}`;
    }
    const placed = pieces.reduce((sum, { lengths }) => sum + lengths.length, 0);
    if (placed > tokens) {
      return `chunks.${c}.pieces: '${placed}' tokens of ${tokens}`;
    }
  }
  return undefined;
}
