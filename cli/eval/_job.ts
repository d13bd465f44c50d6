/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * One of the jobs of `eval --jobs`: a model of its own, with which it computes the cases that it is given, one at a
 * time. Rows are written by who gives them.
 *
 * @module
 */
import { exitCodeOf } from "../terminal/exit_code.ts";
import { PeakMemory } from "../run/peak_memory.ts";
import { PhaseClock } from "../run/phase_clock.ts";
import { type EvalMethod, loadMethod } from "./eval_method.ts";
import type { JobReply, JobRequest, JobStart } from "./job_messages.ts";
import { ModelLender } from "./model_lender.ts";
import { OwnTurnRunner } from "./turn_runner.ts";

/** What a turn needs. */
interface Job {
  readonly methods: ReadonlyMap<string, EvalMethod>;
  readonly runner: OwnTurnRunner;
}

let started: Promise<Job>;

self.onmessage = async ({ data }: MessageEvent<JobRequest>) => {
  if (data.kind === "start") {
    started = start(data.start);
    started.catch(() => {}); // the first turn says it
    return;
  }
  try {
    const { methods, runner } = await started;
    const { given, labels } = data;
    const turn = { given, methods: labels.map((one) => methods.get(one)!) };
    await runner.run(turn, ({ label }, outcome) => {
      reply({ kind: "outcome", label, outcome });
    });
    reply({ kind: "done" });
  } catch (error) {
    fail(error);
  }
};

// Errors that nobody waits for.
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail(event.reason);
});
self.addEventListener("error", (event) => {
  event.preventDefault();
  fail(event.error);
});

async function start(
  { choices, flags, share, threads }: JobStart,
): Promise<Job> {
  const methods = new Map<string, EvalMethod>();
  for (const choice of choices) {
    methods.set(choice.label, await loadMethod(choice, flags));
  }
  const { signal } = new AbortController(); // an interrupt ends the thread
  const silent = { event: () => {}, pause: () => {} };
  const session = {
    interrupt: { signal },
    report: silent,
    clock: new PhaseClock(),
  };
  const models = new ModelLender(session, threads);
  const peak = new PeakMemory();
  return { methods, runner: new OwnTurnRunner(models, share, peak, signal) };
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  reply({ kind: "failed", code: exitCodeOf(error), message });
}

function reply(message: JobReply): void {
  self.postMessage(message);
}
