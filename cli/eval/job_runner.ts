import { CliError, ExitCode } from "../terminal/exit_code.ts";
import type { EvalTurn } from "./eval_turns.ts";
import type { JobReply, JobRequest, JobStart } from "./job_messages.ts";
import type { SayOutcome, TurnRunner } from "./turn_runner.ts";

/** The turn that a job computes. */
interface RunningTurn extends PromiseWithResolvers<void> {
  readonly methods: EvalTurn["methods"];
  readonly say: SayOutcome;
}

/** Computes turns in a thread of its own, with a model of its own; what fails there is a {@linkcode CliError} here. */
export class JobRunner implements TurnRunner, Disposable {
  readonly #worker: Worker;
  #turn: RunningTurn | undefined;
  #ended: CliError | undefined;

  constructor(start: JobStart) {
    const url = import.meta.resolve("./_job.ts");
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<JobReply>) =>
      this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(ExitCode.internal, `A job has ended: ${event.message}`);
    };
    this.#send({ kind: "start", start });
  }

  async run({ given, methods }: EvalTurn, say: SayOutcome): Promise<void> {
    if (this.#ended) throw this.#ended;
    this.#turn = { methods, say, ...Promise.withResolvers<void>() };
    const labels = methods.map(({ label }) => label);
    this.#send({ kind: "turn", given, labels });
    await this.#turn.promise;
  }

  #hear(reply: JobReply): void {
    const turn = this.#turn!;
    switch (reply.kind) {
      case "outcome": {
        const { label, outcome } = reply;
        turn.say(turn.methods.find((one) => one.label === label)!, outcome);
        break;
      }
      case "done":
        turn.resolve();
        break;
      case "failed":
        this.#end(reply.code, reply.message);
    }
  }

  #end(code: ExitCode, message: string): void {
    this.#ended = new CliError(code, message);
    this.#turn?.reject(this.#ended);
  }

  #send(request: JobRequest): void {
    this.#worker.postMessage(request);
  }

  /** Ends the thread, whatever it computes. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
