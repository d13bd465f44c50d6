import type { RecordedChunk, RunRecord } from "../record/run_record.ts";
import type { StageSets } from "./final_sets.ts";
import { html, type Markup } from "./markup.ts";

/** Sets to draw over each other, the first at the bottom. */
export interface SetLayer {
  /** Class of the strokes: `kept` or `gone`. */
  readonly mark: string;
  readonly sets: StageSets;
}

/** Positions of the kept chunks from left to right, layers and heads from top to bottom; a stroke for every run. */
export function setPicture(
  record: RunRecord,
  layers: readonly SetLayer[],
  label: string,
): Markup {
  const { sets: { lists, layers: depth, kvHeads } } = record;
  const chunks = record.chunks.filter(({ fate }) => fate === "kept");
  const starts = chunkStarts(chunks);
  const rows = depth * kvHeads;
  const total = starts.at(-1)!;
  const path = ({ sets }: SetLayer) =>
    sets.chunks.map(({ chunk, heads }) => {
      const place = chunks.findIndex(({ index }) => index === chunk);
      const x = starts[place];
      if (x === undefined) return "";
      return heads.map((list, row) => strokes(lists[list] ?? [], x, row)).join(
        "",
      );
    }).join("");
  const rowHeight = Math.max(3, Math.min(14, 360 / rows));
  const height = Math.round(rows * rowHeight);
  return html`
    <div class="matrix">
      <div class="rows" style="height:${height}px"
        aria-hidden="true"><span>layer 0</span><span>layer ${depth -
          1}</span></div>
      <div>
        <svg viewBox="0 0 ${total} ${rows}" preserveAspectRatio="none"
          style="height:${height}px" role="img"
          aria-label="${label}">${layers.map((layer) =>
            html`
              <path class="${layer.mark}" d="${path(layer)}" />
            `
          )}${starts.slice(1, -1).map((x) =>
            html`
              <line class="border" x1="${x}" x2="${x}" y1="0"
                y2="${rows}" />
            `
          )}${Array.from({ length: depth - 1 }, (_, l) =>
            html`
              <line class="rule" x1="0" x2="${total}" y1="${(l + 1) *
                kvHeads}" y2="${(l + 1) * kvHeads}" />
            `)}</svg>
        <div class="columns">${chunks.map((chunk) =>
          html`<span style="flex:${
            lengthOf(chunk)
          }">chunk ${chunk.index}</span>`
        )}</div>
      </div>
    </div>
  `;
}

const lengthOf = ({ lead, tokens }: RecordedChunk) => lead + tokens;

/** Where each chunk begins, and the end of the last. */
function chunkStarts(chunks: readonly RecordedChunk[]): number[] {
  let at = 0;
  return [0, ...chunks.map((chunk) => at += lengthOf(chunk))];
}

function strokes(runs: readonly number[], x: number, row: number): string {
  let text = "";
  for (let i = 0; i < runs.length; i += 2) {
    text += `M${x + runs[i]!} ${row}.5h${runs[i + 1]! - runs[i]!}`;
  }
  return text;
}
