import type { RecordedChunk, RunRecord } from "../record/run_record.ts";
import { runsWithout, type StageSets, weighed } from "./final_sets.ts";
import { html, type Markup } from "../../io/markup.ts";
import { type ChunkLists, type RunsOf, setStrokes } from "./set_strokes.ts";

/** What is drawn. */
export interface PictureSets {
  readonly kept: StageSets;
  /** What was there before: what went, and what is weighed since, is drawn over what stayed, wide enough to be seen. */
  readonly before?: StageSets;
}

/** Positions of the chunks that are held from left to right, layers and heads from top to bottom. */
export function setPicture(
  record: RunRecord,
  { kept, before }: PictureSets,
  label: string,
): Markup {
  const { layers, kvHeads } = record.sets;
  const held = new Set(
    [kept, before].flatMap((sets) => sets?.chunks.map(({ chunk }) => chunk)),
  );
  const chunks = record.chunks.filter(({ index }) => held.has(index));
  const starts = chunkStarts(chunks);
  const startOf = new Map(chunks.map(({ index }, i) => [index, starts[i]!]));
  const total = starts.at(-1)!;
  const rows = layers * kvHeads;
  const height = Math.round(rows * Math.max(3, Math.min(14, 360 / rows)));
  const listOf = (list: number) => record.sets.lists[list] ?? [];
  const keptOf = new Map(kept.chunks.map(({ chunk, heads }) => [chunk, heads]));
  const draw = (sets: ChunkLists, runsOf: RunsOf, least?: number) =>
    setStrokes(sets, startOf, runsOf, least);
  const weighing = (how: "lowered" | "raised") =>
    before ? weighed(kept, how) : [];
  const strokes = {
    kept: draw(kept.chunks, listOf),
    lowered: draw(weighing("lowered"), listOf, total / 300),
    raised: draw(weighing("raised"), listOf, total / 300),
    gone: draw(before?.chunks ?? [], (list, chunk, row) => {
      const left = keptOf.get(chunk)?.[row];
      return left === undefined ? [] : runsWithout(listOf(list), listOf(left));
    }, total / 300),
  };
  return html`
    <div class="matrix">
      <div class="rows" style="height:${height}px"
        aria-hidden="true"><span>layer 0</span><span>layer ${layers -
          1}</span></div>
      <div>
        <svg viewBox="0 0 ${total} ${rows}" preserveAspectRatio="none"
          style="height:${height}px" role="img"
          aria-label="${label}">${Object.entries(strokes).map(([mark, path]) =>
            path === "" ? null : html`
              <path class="${mark}" d="${path}" />
            `
          )}${starts.slice(1, -1).map((x) => border(x, rows))}${Array.from(
            { length: layers - 1 },
            (_, l) => rule((l + 1) * kvHeads, total),
          )}</svg>
        <div class="columns">${chunks.map((chunk) =>
          html`<span style="flex:${
            lengthOf(chunk)
          }">chunk ${chunk.index}</span>`
        )}</div>
      </div>
    </div>
  `;
}

function border(x: number, rows: number): Markup {
  return html`
    <line class="border" x1="${x}" x2="${x}" y1="0"
      y2="${rows}" />
  `;
}

function rule(y: number, total: number): Markup {
  return html`
    <line class="rule" x1="0" x2="${total}" y1="${y}" y2="${y}" />
  `;
}

const lengthOf = ({ lead, tokens }: RecordedChunk) => lead + tokens;

/** Where each chunk begins, and the end of the last. */
function chunkStarts(chunks: readonly RecordedChunk[]): number[] {
  let at = 0;
  return [0, ...chunks.map((chunk) => at += lengthOf(chunk))];
}
