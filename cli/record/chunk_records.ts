import type { Chunk, RunEvent, TokenizedDocument } from "../../mod.ts";
import { round } from "./node_costs.ts";
import type { RecordedChunk } from "./run_record.ts";
import { tokenPieces } from "./token_pieces.ts";

/** What became of chunks. */
export interface ChunkFates {
  readonly events: readonly RunEvent[];
  /** Chunks that the answer stands on. */
  readonly kept: readonly number[];
  /** Chunks that reached any merged context. */
  readonly merged: readonly number[];
  readonly document: TokenizedDocument | undefined;
}

/** Every chunk with its score and its fate, in the document's order. */
export function chunkRecords(
  chunks: readonly Chunk[],
  { events, kept, merged, document }: ChunkFates,
): RecordedChunk[] {
  const said = Map.groupBy(
    events.filter((event) => event.type === "chunk"),
    ({ chunk }) => chunk,
  );
  const ordered = chunks.toSorted((a, b) => a.index - b.index);
  return ordered.map((chunk): RecordedChunk => {
    const own = said.get(chunk.index) ?? [];
    const reached = merged.includes(chunk.index);
    const fate = kept.includes(chunk.index)
      ? "kept"
      : reached
      ? "evicted"
      : own.length > 0
      ? "dropped"
      : "unread";
    // The event `evicted` is of a chunk of which something is left.
    const settled = fate === "evicted"
      ? undefined
      : own.findLast(({ action }) => action === fate) ??
        own.findLast(({ action }) => fate === "kept" && action === "merged");
    const pieces = reached && document
      ? tokenPieces(chunk, document)
      : undefined;
    return {
      index: chunk.index,
      byteStart: chunk.byteStart,
      byteEnd: chunk.byteEnd,
      line: chunk.line,
      tokens: chunk.tokens.length,
      lead: chunk.lead.length,
      score: own.findLast(({ score }) => score !== undefined)?.score ?? null,
      fate,
      at: settled ? round(settled.at, 2) : null,
      ...(pieces && { pieces }),
    };
  });
}
