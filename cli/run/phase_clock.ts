import type { RunEvent } from "../../mod.ts";

/** What a run spends its time on. */
export type Phase =
  | "load"
  | "tokenize"
  | "prefill"
  | "score"
  | "evict"
  | "merge"
  | "decode";

/** Wall seconds by phase, and all together. */
export type PhaseSeconds = Readonly<Record<Phase | "total", number>>;

/**
 * Shares a run's wall time among its phases. Stages work at the same time, so each stretch between two events is
 * counted to the phase whose work the later event reports; the phases never add up to more than the total.
 */
export class PhaseClock {
  readonly #seconds: Record<Phase, number> = {
    load: 0,
    tokenize: 0,
    prefill: 0,
    score: 0,
    evict: 0,
    merge: 0,
    decode: 0,
  };
  #began: number;
  #last: number;

  /** @param began Milliseconds on the clock of `performance.now()`. */
  constructor(began: number = performance.now()) {
    this.#began = began;
    this.#last = began;
  }

  /** When the clock began, on the clock of `performance.now()`; later by what was left out. */
  get began(): number {
    return this.#began;
  }

  /** Notes an event that happens now. */
  note(event: RunEvent, now: number = performance.now()): void {
    const phase = phaseOf(event);
    if (!phase) return;
    this.#seconds[phase] += (now - this.#last) / 1000;
    this.#last = now;
  }

  /** Leaves out the time since the last event: nothing was worked on. */
  leaveOut(now: number = performance.now()): void {
    this.#began += now - this.#last;
    this.#last = now;
  }

  /** Seconds up to now. */
  seconds(now: number = performance.now()): PhaseSeconds {
    const all = { ...this.#seconds, total: (now - this.#began) / 1000 };
    return Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, round(value)]),
    ) as PhaseSeconds;
  }
}

const round = (seconds: number) => Math.round(seconds * 1e4) / 1e4;

const actions = {
  prefilled: "prefill",
  scored: "score",
  kept: "score",
  dropped: "score",
  evicted: "evict",
  calibrated: "evict",
  merged: "merge",
} as const;

function phaseOf(event: RunEvent): Phase | undefined {
  switch (event.type) {
    case "chunk":
      return actions[event.action];
    case "token":
      return "decode";
    case "completed":
      return phaseOfStage(event.stage);
    default:
      return undefined;
  }
}

/** By the kind of a stage, the part of its name before the dot. */
function phaseOfStage(stage: string): Phase | undefined {
  const kinds: Readonly<Record<string, Phase>> = {
    model: "load",
    source: "load",
    tokenize: "tokenize",
    prompt: "tokenize",
    chunk: "tokenize",
    evict: "evict",
    merge: "merge",
    reread: "prefill",
    decode: "decode",
  };
  return kinds[stage.split(".")[0]!];
}
