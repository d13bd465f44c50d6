import type { RecordedQueue } from "../record/run_record.ts";
import { html, type Markup } from "./markup.ts";
import { type QueueState, queueStates } from "./queue_states.ts";

/** Sizes in the picture's own units. */
const STEP = 16;
const LANE = 18;

/** A stay in the queue: steps `[from, to)`, on a lane of its own. */
interface Stay {
  readonly chunk: number;
  readonly from: number;
  to: number;
  readonly lane: number;
  stays: boolean;
}

/** What was in a bounded queue after each chunk: a bar for every stay. */
export function queueSection(queue: RecordedQueue): Markup {
  const states = queueStates(queue);
  const stays = staysOf(states);
  const lanes = Math.max(0, ...stays.map(({ lane }) => lane + 1));
  const width = states.length * STEP;
  const height = (lanes + 1) * LANE;
  return html`
    <section>
      <h2>Queue <small>${queue.node} · ${queue.stage}</small></h2>
      <p>From left to right, the chunks as they came. A bar is a stay in the queue; a chunk that lost at once is a tick below. What is there at the end was kept.</p>
      <div class="scroll" tabindex="0" role="region" aria-label="Queue timeline">
        <svg class="queue" viewBox="0 0 ${width} ${height}" width="${Math.max(
          320,
          width,
        )}"
          height="${Math.max(320, width) / Math.max(1, width) *
            height}" role="img"
          aria-label="What was in the queue after each chunk">${stays.map((
            stay,
          ) => bar(stay, states))}${states.map((state, i) =>
            state.chunk !== null && state.out.includes(state.chunk)
              ? html`
                <line class="lost" x1="${i * STEP + STEP / 2}" x2="${i * STEP +
                  STEP / 2}" y1="${lanes * LANE + 5}"
                  y2="${lanes * LANE + 13}">
                  <title>${describe(state)}</title>
                </line>
              `
              : null
          )}</svg>
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

function staysOf(states: readonly QueueState[]): Stay[] {
  const stays: Stay[] = [];
  const lanes: (Stay | undefined)[] = [];
  for (const [step, { chunk, out }] of states.entries()) {
    for (const [lane, stay] of lanes.entries()) {
      if (!stay || !out.includes(stay.chunk)) continue;
      stay.to = step;
      stay.stays = false;
      lanes[lane] = undefined;
    }
    if (chunk === null || out.includes(chunk)) continue;
    const free = lanes.findIndex((stay) => stay === undefined);
    const lane = free < 0 ? lanes.length : free;
    lanes[lane] = { chunk, from: step, to: states.length, lane, stays: true };
    stays.push(lanes[lane]);
  }
  return stays;
}

function bar(
  { chunk, from, to, lane, stays }: Stay,
  states: readonly QueueState[],
) {
  const width = (to - from) * STEP - 2;
  const score = states[from]!.score;
  const title = `chunk ${chunk}${
    score === null ? "" : `, score ${score.toFixed(3)}`
  }: ${stays ? "kept" : `dropped when chunk ${states[to]!.chunk ?? "–"} came`}`;
  return html`
    <g>
      <title>${title}</title>
      <rect class="${stays ? "stays" : "went"}" x="${from *
        STEP}" y="${lane * LANE + 2}" width="${width}"
        height="${LANE - 4}" rx="2" />
      <text class="${stays ? "on" : ""}" x="${from * STEP +
        4}" y="${lane * LANE + 13}">${width > 8 * String(chunk).length
        ? chunk
        : null}</text>
    </g>
  `;
}

function describe({ at, chunk, score, out, held }: QueueState): string {
  const came = chunk === null
    ? "the end"
    : `chunk ${chunk}${
      score === null ? "" : ` with score ${score.toFixed(3)}`
    }`;
  const went = out.length === 0 ? "" : `, ${out.join(", ")} dropped`;
  return `${(at / 1000).toFixed(2)} s: ${came}${went}; holds ${
    held.join(", ") || "nothing"
  }`;
}
