import type { RecordedChunk, RunRecord } from "../record/run_record.ts";
import { DocumentText } from "./document_text.ts";
import type { Ink } from "./ink.ts";
import { type MarkedPart, markedText } from "./marked_text.ts";
import { plainText } from "./plain_text.ts";

/** Characters of evicted text that are shown at each end of a gap. */
const EDGE = 60;

/** The kept chunks, what was kept of them marked, long stretches that were not left out. */
export function textChunks(record: RunRecord, ink: Ink): string {
  if (!record.document) return "";
  const text = new DocumentText(record.document.text);
  const kept = record.chunks.filter(({ fate }) => fate === "kept");
  if (kept.length === 0) return "";
  const { layers, kvHeads } = record.sets;
  const bodies = kept.map((chunk) => {
    const parts = markedText(record, chunk, text);
    const body = parts.map((part, i) =>
      showPart(part, {
        ink,
        heads: layers * kvHeads,
        first: i === 0,
        last: i === parts.length - 1,
      })
    ).join("");
    return `${heading(chunk, ink)}\n${body}${body.endsWith("\n") ? "" : "\n"}`;
  });
  return [`${ink.strong("kept chunks")}\n${ink.legend}\n`, ...bodies]
    .join("\n");
}

function heading(chunk: RecordedChunk, ink: Ink): string {
  const score = chunk.score === null ? "" : `, score ${chunk.score.toFixed(3)}`;
  return ink.strong(
    `chunk ${chunk.index}, line ${chunk.line}, bytes ${chunk.byteStart}-${chunk.byteEnd}${score}`,
  );
}

interface PartSetting {
  readonly ink: Ink;
  readonly heads: number;
  readonly first: boolean;
  readonly last: boolean;
}

function showPart([raw, kept]: MarkedPart, setting: PartSetting): string {
  const { ink, heads, first, last } = setting;
  if (kept > 0) return ink.kept(plainText(raw), kept / heads);
  if (kept < 0) return ink.faint(`[… ${raw.length} characters not read …]`);
  const head = first ? "" : raw.slice(0, EDGE);
  const tail = last ? "" : raw.slice(-EDGE);
  const left = raw.length - head.length - tail.length;
  if (left <= EDGE) return ink.faint(plainText(raw));
  const gap = ` [… ${left} characters …] `;
  return ink.faint(plainText(wellFormed(head) + gap + wellFormed(tail)));
}

/** Half a character at a cut becomes U+FFFD. */
const wellFormed = (text: string) => text.toWellFormed();
