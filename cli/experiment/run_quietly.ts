import { lastValueFrom, type Observable } from "rxjs";
import {
  type Answer,
  Budget,
  type Plan,
  release,
  runGraph,
} from "../../mod.ts";
import { PhaseClock, type PhaseSeconds } from "../run/phase_clock.ts";
import { answerOutput } from "./answer_output.ts";
import { type ChunkScores, noteScore } from "./chunk_scores.ts";

/** Bytes of live tensors of a run. */
const BUDGET = 4 * 2 ** 30;

/** What a graph is run on. */
export interface QuietWork {
  readonly inputs: Readonly<Record<string, Observable<unknown>>>;
  /** Streams in place of outputs: the model, chunks that were prefilled before. */
  readonly replace: Readonly<Record<string, Observable<unknown>>>;
  readonly signal: AbortSignal;
  /** Where `replace` leases bytes, too. */
  readonly budget?: Budget;
  /** Outputs whose values are looked at as they pass. */
  readonly watch?: ReadonlyMap<string, (value: unknown) => void>;
}

/** An answer with what it cost. */
export interface QuietRun {
  readonly answer: Answer;
  readonly seconds: PhaseSeconds;
  /** Wall seconds up to the answer's first token; nothing where none was decoded. */
  readonly firstTokenSeconds?: number;
  readonly scores: ChunkScores;
  /** The most bytes that were leased at the same time. */
  readonly peakBytes: number;
  readonly warnings: readonly string[];
}

/** Budget of one run. */
export function runBudget(): Budget {
  return new Budget(BUDGET);
}

/** Runs a graph for its answer, and shows nothing. */
export async function runQuietly(
  plan: Plan,
  { inputs, replace, signal, budget = runBudget(), watch = new Map() }:
    QuietWork,
): Promise<QuietRun> {
  const name = answerOutput(plan);
  const clock = new PhaseClock();
  const warnings: string[] = [];
  const scores: ChunkScores = {};
  let firstToken: number | undefined;
  const { outputs, events } = runGraph(plan, {
    outputs: [name],
    watch: [...watch.keys()],
    inputs,
    replace,
    signal,
    budget,
  });
  events.subscribe((event) => {
    clock.note(event);
    noteScore(scores, event);
    if (event.type === "token") firstToken ??= clock.seconds().total;
    if (event.type === "warning") warnings.push(event.message);
  });
  const watched = [...watch].map(([name, look]) =>
    outputs[name]!.forEach((value) => {
      try {
        look(value);
      } finally {
        release(value);
      }
    })
  );
  const [answer] = await Promise.all([
    lastValueFrom(outputs[name]! as Observable<Answer>),
    ...watched,
  ]);
  return {
    answer,
    seconds: clock.seconds(),
    ...(firstToken !== undefined && { firstTokenSeconds: firstToken }),
    scores,
    peakBytes: budget.peak,
    warnings: [...new Set(warnings)],
  };
}
