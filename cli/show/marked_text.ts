import type { RecordedChunk, RunRecord } from "../record/run_record.ts";
import type { DocumentText } from "./document_text.ts";
import { finalSets } from "./final_sets.ts";
import { lastHeld } from "./stage_entries.ts";

/** Text, and how many heads of all layers kept it; −1 where the model never read it. */
export type MarkedPart = readonly [text: string, heads: number];

/** A chunk's text in parts that were kept alike; all of it is one part of 0 where nothing is known of its tokens. */
export function markedText(
  record: RunRecord,
  chunk: RecordedChunk,
  text: DocumentText,
): MarkedPart[] {
  const parts: [string, number][] = [];
  const add = (from: number, to: number, heads: number) => {
    const piece = text.slice(from, to);
    const last = parts.at(-1);
    if (last?.[1] === heads) last[0] += piece;
    else if (piece !== "") parts.push([piece, heads]);
  };
  const counts = keptHeads(record, chunk); // [tokens]
  const pieces = counts ? chunk.pieces ?? [] : [];
  let token = 0;
  let at = chunk.byteStart;
  for (const { byteStart, lengths } of pieces) {
    if (byteStart > at) add(at, byteStart, -1);
    at = byteStart;
    for (const length of lengths) add(at, at += length, counts![token++]!);
  }
  if (at < chunk.byteEnd) add(at, chunk.byteEnd, pieces.length > 0 ? -1 : 0);
  return parts;
}

/**
 * How many heads of all layers kept each token of a chunk: in the end, or, where nothing was left then, at the last stage
 * that left any. Nothing for a chunk that no stage held.
 */
function keptHeads(
  record: RunRecord,
  chunk: RecordedChunk,
): Int32Array | undefined {
  const own = chunk.fate === "evicted"
    ? lastHeld(record, chunk.index)
    : finalSets(record)?.chunks.find((c) => c.chunk === chunk.index);
  if (!own) return undefined;
  const steps = new Int32Array(chunk.tokens + 1); // [tokens + 1]
  const clamp = (at: number) => Math.max(0, Math.min(chunk.tokens, at));
  for (const list of own.heads) {
    const runs = record.sets.lists[list] ?? [];
    for (let i = 0; i < runs.length; i += 2) {
      steps[clamp(runs[i]! - chunk.lead)]!++;
      steps[clamp(runs[i + 1]! - chunk.lead)]!--;
    }
  }
  let heads = 0;
  return steps.map((step) => heads += step).subarray(0, chunk.tokens); // [tokens]
}
