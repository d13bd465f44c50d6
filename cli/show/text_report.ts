import type { RunRecord } from "../record/run_record.ts";
import type { Ink } from "./ink.ts";
import { plainText } from "./plain_text.ts";
import { textChunks } from "./text_chunks.ts";
import { textCosts } from "./text_costs.ts";
import { figures } from "./text_figures.ts";
import { textQueue } from "./text_queue.ts";

/** A run for a terminal, or for a pipe. */
export function textReport(record: RunRecord, ink: Ink): string {
  const { question, answer, queues } = record;
  const names = figures(record);
  const width = Math.max(...names.map(([name]) => name.length));
  const lines = names.map(([name, value]) =>
    `${ink.faint(name.padEnd(width))}  ${plainText(value)}\n`
  );
  return [
    ...(question === null
      ? []
      : [`${ink.strong("question")}\n${plainText(question)}\n`]),
    ...(answer ? [`${ink.strong("answer")}\n${plainText(answer.text)}\n`] : []),
    `${ink.strong("run")}\n${lines.join("")}`,
    textCosts(record, ink),
    ...queues.map((queue) => textQueue(queue, ink)),
    textChunks(record, ink),
  ].filter((part) => part !== "").join("\n");
}
