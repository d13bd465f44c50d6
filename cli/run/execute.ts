import type { Observable } from "rxjs";
import {
  type Answer,
  type Budget,
  type Plan,
  type Port,
  release,
  type RunEvent,
  runGraph,
  type RunOptions,
} from "../../mod.ts";
import { AnswerPrinter } from "../terminal/answer_printer.ts";
import type { RunRecorder } from "../record/run_recorder.ts";
import type { Session } from "./session.ts";

/** What is run, and how. */
export interface Execution {
  readonly inputs?: Readonly<Record<string, Observable<unknown>>>;
  readonly replace?: Readonly<Record<string, Observable<unknown>>>;
  readonly budget?: Budget;
  /** Listens to events and to outputs of its own choice. */
  readonly recorder?: RunRecorder;
  /** Called with every event, after it was shown. */
  onEvent?(event: RunEvent): void;
}

/** Runs all outputs of a graph, shows what happens, and prints what comes out. Resolves to the answer, where there is one. */
export async function execute(
  plan: Plan,
  session: Session,
  execution: Execution = {},
): Promise<Answer | undefined> {
  const { report, clock, peak, interrupt } = session;
  const { recorder } = execution;
  const taps = recorder?.taps.map(({ name }) => name) ?? [];
  const options: RunOptions = {
    watch: taps,
    signal: interrupt.signal,
    checked: session.checked,
    ...(execution.inputs && { inputs: execution.inputs }),
    ...(execution.replace && { replace: execution.replace }),
    ...(execution.budget && { budget: execution.budget }),
  };
  const { outputs, events } = runGraph(plan, options);
  const printer = new AnswerPrinter(session);
  events.subscribe((event) => {
    clock.note(event);
    peak.sample();
    recorder?.event(event);
    report.event(event);
    if (event.type === "token") printer.text(event.text);
    execution.onEvent?.(event);
  });
  try {
    const ends = Object.entries(outputs).map(([name, values]) =>
      drain(values, (value) => {
        if (taps.includes(name)) recorder?.value(name, value);
        else printer.value(name, typeOf(plan, name), value);
      })
    );
    await Promise.all(ends);
  } finally {
    report.pause();
    printer.end();
  }
  return printer.answer;
}

/** Resolves when the stream has completed. What owns memory is given back once it was seen. */
function drain(
  values: Observable<unknown>,
  see: (value: unknown) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    values.subscribe({
      next: (value) => {
        try {
          see(value);
        } finally {
          release(value);
        }
      },
      error: reject,
      complete: resolve,
    });
  });
}

function typeOf(plan: Plan, output: string): string {
  const { node, port } = plan.outputs[output]!;
  const { stage } = plan.nodes.find(({ name }) => name === node)!;
  return (stage.outputs[port] as Port).type.name;
}
