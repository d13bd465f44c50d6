import type { Answer } from "../../mod.ts";
import { jsonLine } from "./json_report.ts";
import type { Session } from "../run/session.ts";

/** Prints what a graph gives: an answer as it is written, anything else value by value. */
export class AnswerPrinter {
  #answer: Answer | undefined;
  #streamed = "";

  constructor(
    readonly session: Pick<Session, "terminal" | "json" | "report">,
  ) {}

  /** The answer, once it is complete. */
  get answer(): Answer | undefined {
    return this.#answer;
  }

  /** A piece of the answer's text. */
  text(piece: string): void {
    if (this.session.json) return;
    this.session.report.pause();
    this.session.terminal.out(piece);
    this.#streamed += piece;
  }

  /** A value that left an output of the graph. */
  value(output: string, type: string, value: unknown): void {
    if (type === "pc/answer") this.#answer = value as Answer;
    else if (type !== "pc/piece") this.#other(output, value);
  }

  /** Ends the line that the answer stands on. */
  end(): void {
    const { json, terminal } = this.session;
    if (json) return;
    const rest = this.#streamed === "" ? this.#answer?.answer ?? "" : "";
    terminal.out(rest);
    const text = this.#streamed + rest;
    if (text !== "" && !text.endsWith("\n")) terminal.out("\n");
  }

  #other(output: string, value: unknown): void {
    const { json, terminal, report } = this.session;
    report.pause();
    if (json) terminal.out(jsonLine({ type: "output", output, value }));
    else if (typeof value === "string") terminal.out(`${value}\n`);
    else terminal.out(jsonLine(value));
  }
}
