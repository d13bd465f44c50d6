import type { RecordedChunk, RunRecord } from "../record/run_record.ts";
import { html, type Markup } from "../../io/markup.ts";
import { scoreShades } from "./score_shades.ts";

/** Above this, cells are too small for their number. */
const NUMBERED = 160;

/** The whole document as a grid of its chunks, and the text of the one that is chosen. */
export function documentSection(record: RunRecord): Markup {
  const { chunks } = record;
  if (chunks.length === 0) return html``;
  const shades = scoreShades(chunks);
  const [kept, evicted] = ["kept", "evicted"].map((of) =>
    chunks.filter(({ fate }) => fate === of).length
  );
  const first = firstChosen(chunks, shades) ?? chunks[0]!;
  const size = chunks.length > NUMBERED ? "map small" : "map";
  return html`
    <section>
      <h2>Document</h2>
      <p>Each cell is a chunk, in the document's order. The stronger its colour, the better its score; a framed cell was kept${evicted
        ? ", one framed by dashes was merged, but later nothing of it was left"
        : ""}. Choose one to read it, with the arrow keys too.</p>
      <div class="${size}" id="map" role="group"
        aria-label="Chunks of the document">${chunks.map((chunk, i) =>
          cell(chunk, shades[i]!, chunk === first)
        )}</div>
      <p
        class="key"><span>worse</span><i class="scale"></i><span>better score</span><span class="framed">kept ${kept} of ${chunks
          .length}</span>${evicted
          ? html`<span class="framed dashed">evicted whole ${evicted}</span>`
          : null}</p>
      <div class="reader">
        <h3 id="chunk-title" aria-live="polite"></h3>
        <p
          class="key"><span>kept by few heads</span><i class="scale marks"></i><span>by all heads of all layers</span><span class="evicted">evicted</span></p>
        <div id="chunk-text" class="text" tabindex="0" role="region"
          aria-labelledby="chunk-title"><noscript>The text of a chunk is shown by the page's script.</noscript></div>
      </div>
    </section>
  `;
}

function cell(chunk: RecordedChunk, shade: number | null, chosen: boolean) {
  const { index, line, tokens, score, fate } = chunk;
  const title = `chunk ${index}, line ${line}, ${tokens} tokens, ${
    score === null ? "no score" : `score ${score.toFixed(3)}`
  }, ${fate}`;
  const style = shade === null ? "" : `--s:${Math.round(shade * 100)}%`;
  const ink = (shade ?? 0) > 0.55 ? " deep" : "";
  return html`
    <button type="button" class="cell ${fate}${ink}"
      data-chunk="${index}" style="${style}" title="${title}"
      aria-label="${title}" aria-pressed="${String(chosen)}"
      tabindex="${chosen ? 0 : -1}">${index}</button>
  `;
}

/** The kept chunk with the best score. */
function firstChosen(
  chunks: readonly RecordedChunk[],
  shades: readonly (number | null)[],
): RecordedChunk | undefined {
  const places = [...chunks.keys()].filter((i) => chunks[i]!.fate === "kept");
  places.sort((a, b) => (shades[b] ?? 0) - (shades[a] ?? 0));
  return chunks[places[0] ?? -1];
}
