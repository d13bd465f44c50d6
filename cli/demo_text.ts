import type { LanguageModel } from "../mod.ts";
import { facts } from "./demo_book.ts";
import { table } from "./terminal/sources.ts";

/** What one method made of the questions. */
export interface DemoRow {
  readonly method: string;
  /** Tokens that the model saw, of those that were given. */
  readonly read: number;
  readonly given: number;
  readonly answers: readonly string[];
  readonly seconds: number;
}

/** What is going to be shown. */
export function introduce(
  { config, tokenizer }: Pick<LanguageModel, "config" | "tokenizer">,
  book: string,
): string {
  const planted = facts.map(({ at, sentence }) => [
    `at ${Math.round(at * 100)} %`,
    sentence,
  ]);
  return `Moby-Dick, ${
    count(tokenizer.encode(book).length)
  } tokens, with ${facts.length} sentences planted:
${table(planted)}The model's window is ${count(config.window)} tokens.\n\n`;
}

/** One method's answers. */
export function showRow(row: DemoRow): string {
  const answers = facts.map(({ name, answer }, i) => [
    row.answers[i]!.includes(answer) ? "right" : "wrong",
    name,
    JSON.stringify(row.answers[i]!.trim()),
  ]);
  return `${row.method}, ${readOf(row)} tokens, ${row.seconds.toFixed(1)} s\n${
    table(answers)
  }\n`;
}

/** All methods in one table. */
export function summary(rows: readonly DemoRow[]): string {
  const lines = rows.map((row) => {
    const right = facts.filter(({ answer }, i) =>
      row.answers[i]!.includes(answer)
    );
    return [
      row.method,
      readOf(row),
      `${right.length} of ${facts.length}`,
      row.seconds.toFixed(1),
    ];
  });
  return `${
    table([["method", "tokens read", "right", "seconds"], ...lines])
  }\n`;
}

function readOf({ read, given }: DemoRow): string {
  return read < given ? `${count(read)} of ${count(given)}` : count(given);
}

const count = (n: number) => n.toLocaleString("en");
