import { lastValueFrom, NEVER, of, startWith } from "rxjs";
import { PhaseClock, type PhaseSeconds } from "../cli/run/phase_clock.ts";
import {
  type Answer,
  type LanguageModel,
  type Plan,
  runGraph,
} from "../mod.ts";

/** How long a question took with a model that was open already. */
export interface TimedRun {
  /** From the text to the first text of the answer. */
  readonly firstTokenSeconds: number;
  readonly phases: PhaseSeconds;
  readonly answer: Answer;
}

/** Asks a question about a text by a graph, and looks at the clock. */
export async function timedRun(
  plan: Plan,
  model: LanguageModel,
  { document, question }: {
    readonly document: string;
    readonly question: string;
  },
): Promise<TimedRun> {
  const began = performance.now();
  const clock = new PhaseClock(began);
  let firstTokenSeconds = NaN;
  const { outputs, events } = runGraph(plan, {
    inputs: { document: of(document), question: of(question) },
    replace: { "model.model": NEVER.pipe(startWith(model)) },
    outputs: ["answer"],
  });
  events.subscribe((event) => {
    clock.note(event);
    if (event.type !== "token" || !Number.isNaN(firstTokenSeconds)) return;
    firstTokenSeconds = (performance.now() - began) / 1000;
  });
  const answer = await lastValueFrom(outputs.answer!) as Answer;
  return { firstTokenSeconds, phases: clock.seconds(), answer };
}
