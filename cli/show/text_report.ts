import type { RunRecord } from "../record/run_record.ts";
import type { Ink } from "./ink.ts";
import { plainText } from "./plain_text.ts";
import { textChunks } from "./text_chunks.ts";
import { textCosts } from "./text_costs.ts";
import { figures } from "./text_figures.ts";
import { saidWarnings } from "./said_warnings.ts";
import { textQueue } from "./text_queue.ts";
import { textStages } from "./text_stages.ts";

/** A run for a terminal, or for a pipe. */
export function textReport(record: RunRecord, ink: Ink): string {
  const { question, answer, queues } = record;
  const names = figures(record);
  const width = Math.max(...names.map(([name]) => name.length));
  const lines = names.map(([name, value]) =>
    `${ink.faint(name.padEnd(width))}  ${plainText(value)}\n`
  );
  const warnings = saidWarnings(record).map(({ node, message }) =>
    `${plainText(node)}: ${plainText(message)}\n`
  );
  return [
    ...(question === null
      ? []
      : [`${ink.strong("question")}\n${plainText(question)}\n`]),
    ...(answer ? [`${ink.strong("answer")}\n${plainText(answer.text)}\n`] : []),
    `${ink.strong("run")}\n${lines.join("")}`,
    warnings.length === 0
      ? ""
      : `${ink.strong("warnings")}\n${warnings.join("")}`,
    textCosts(record, ink),
    ...queues.map((queue) => textQueue(queue, ink)),
    textStages(record, ink),
    textChunks(record, ink),
  ].filter((part) => part !== "").join("\n");
}
