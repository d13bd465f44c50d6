import type { RecordedChunk, RunRecord } from "../record/run_record.ts";
import { DocumentText } from "./document_text.ts";
import { type MarkedPart, markedText } from "./marked_text.ts";
import { lastHeld } from "./stage_entries.ts";

/** What the page's script shows when a chunk is chosen. */
export interface PageData {
  /** Heads of all layers: what a fully kept token has. */
  readonly heads: number;
  readonly chunks: readonly {
    readonly index: number;
    readonly title: string;
    readonly kept: boolean;
    readonly parts: readonly MarkedPart[];
  }[];
}

/** The text of every chunk, in parts that were kept alike. */
export function pageData(record: RunRecord): PageData {
  const text = new DocumentText(record.document?.text ?? "");
  const { layers, kvHeads } = record.sets;
  return {
    heads: layers * kvHeads,
    chunks: record.chunks.map((chunk) => ({
      index: chunk.index,
      title:
        `Chunk ${chunk.index}: line ${chunk.line}, bytes ${chunk.byteStart}–${chunk.byteEnd}, ${chunk.tokens} tokens${
          chunk.score === null ? "" : `, score ${chunk.score.toFixed(3)}`
        }, ${fateOf(record, chunk)}`,
      kept: chunk.fate === "kept",
      parts: markedText(record, chunk, text),
    })),
  };
}

/** What became of a chunk; of an evicted one, which stage's entries are marked. */
function fateOf(record: RunRecord, { index, fate }: RecordedChunk): string {
  const held = fate === "evicted" ? lastHeld(record, index) : undefined;
  return held
    ? `evicted whole; marked is what was left after ${held.stage.node}`
    : fate;
}
