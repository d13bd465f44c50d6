import type { RecordedQueue } from "../record/run_record.ts";
import { html, type Markup } from "../../io/markup.ts";
import { type QueueState, queueStates } from "./queue_states.ts";
import { type Stay, staysOf } from "./stays.ts";

/** Height of a lane, in pixels. */
const LANE = 18;

/** What was in a bounded queue after each chunk: a bar for every stay. */
export function queueSection(queue: RecordedQueue): Markup {
  const states = queueStates(queue);
  const stays = staysOf(states);
  const lanes = Math.max(0, ...stays.map(({ lane }) => lane + 1));
  const step = Math.max(15, Math.min(28, Math.floor(960 / states.length)));
  const [width, height] = [states.length * step, (lanes + 1) * LANE];
  const lost = states.map((state, i) =>
    state.chunk !== null && state.out.includes(state.chunk)
      ? tick(state, { x: (i + 0.5) * step, y: lanes * LANE })
      : null
  );
  return html`
    <section>
      <h2>Queue <small>${queue.node} · ${queue.stage}</small></h2>
      <p>From left to right, the chunks as they came. A bar is a stay in the queue; a chunk that lost at once is a tick below. What is there at the end was kept by it.</p>
      <div class="scroll" tabindex="0" role="region" aria-label="Queue timeline">
        <svg class="queue" viewBox="0 0 ${width} ${height}" width="${width}"
          height="${height}" role="img"
          aria-label="What was in the queue after each chunk">${stays.map((
            stay,
          ) => bar(stay, states, step))}${lost}</svg>
      </div>
      <details>
        <summary>As text</summary>
        <ol class="steps">${states.map((state) =>
          html`<li>${describe(state)}</li>`
        )}</ol>
      </details>
    </section>
  `;
}

function bar(
  { chunk, from, to, lane, stays }: Stay,
  states: readonly QueueState[],
  step: number,
): Markup {
  const width = (to - from) * step - 2;
  const { score } = states[from]!;
  const scored = score === null ? "" : `, score ${score.toFixed(3)}`;
  const end = stays
    ? "kept"
    : `dropped when ${cameName(states[to]!.chunk)} came`;
  const name = width > 8 * String(chunk).length ? chunk : null;
  const [x, y] = [from * step, lane * LANE];
  return html`
    <g>
      <title>chunk ${chunk}${scored}: ${end}</title>
      <rect class="${stays ? "stays" : "went"}" x="${x}" y="${y +
        2}" width="${width}"
        height="${LANE - 4}" rx="2" />
      <text class="${stays ? "on" : ""}" x="${x + 4}" y="${y +
        13}">${name}</text>
    </g>
  `;
}

function tick(
  state: QueueState,
  { x, y }: { readonly x: number; readonly y: number },
): Markup {
  return html`
    <line class="lost" x1="${x}" x2="${x}" y1="${y + 5}"
      y2="${y + 13}">
      <title>${describe(state)}</title>
    </line>
  `;
}

function describe({ at, chunk, score, out, held }: QueueState): string {
  const scored = score === null ? "" : ` with score ${score.toFixed(3)}`;
  const went = out.length === 0 ? "" : `, ${out.join(", ")} dropped`;
  const holds = held.join(", ") || "nothing";
  return `${(at / 1000).toFixed(2)} s: ${
    cameName(chunk)
  }${scored}${went}; holds ${holds}`;
}

function cameName(chunk: number | null): string {
  return chunk === null ? "the end" : `chunk ${chunk}`;
}
