import type { MethodPair } from "../method_pairs.ts";
import type { AskedMethods } from "./asked.ts";
import {
  casesText,
  intervalText,
  NONE,
  scoreText,
  thousands,
} from "./cell_text.ts";
import { markdownTable } from "./markdown_table.ts";
import type { MethodClasses } from "./method_classes.ts";
import type { StoredScores } from "./stored_scores.ts";

/**
 * Every method at one length, task by task: accuracy, what it read and kept, and what it differs by from the method that
 * all are compared with, case by case. Tasks without results have no lines.
 */
export function differencesTable(
  length: number,
  { tasks, against }: AskedMethods,
  scores: StoredScores,
  classes: MethodClasses,
): string {
  const stored = tasks.filter((task) =>
    scores.at(task, length, against).length > 0
  );
  if (stored.length === 0) return "No result is stored yet.";
  const rows = stored.flatMap((task) =>
    [...classes.keys()].map((method) => {
      const own = scores.at(task, length, method);
      const means = scores.means(task, length, method);
      const pair = scores.pair(task, length, method);
      return [
        ...[`\`${task}\``, method, casesText([own]), intervalText(own)],
        means ? scoreText([means.read]) : NONE,
        means ? means.chunks.toFixed(1) : NONE,
        means ? thousands(means.entries) : NONE,
        ...(pair ? pairTexts(pair) : [NONE, NONE]),
      ];
    })
  );
  return markdownTable([
    ...["task", "method", "n", "accuracy", "share read", "chunks", "entries"],
    ...[`less ${against}`, "p"],
  ], rows);
}

/** A difference with its interval, and its p. */
function pairTexts({ difference, low, high, p, tie }: MethodPair): string[] {
  const [least, most] = [low, high].map(signless);
  const value = p < 0.001 ? "< 0.001" : p.toFixed(3);
  return [
    `${signed(difference)} [${least}, ${most}]`,
    tie ? `${value}, a tie` : value,
  ];
}

/** With two digits and a minus sign where it is below 0. */
function signless(value: number): string {
  const digits = Math.abs(value).toFixed(2);
  return value < 0 && Number(digits) > 0 ? `−${digits}` : digits;
}

function signed(value: number): string {
  const text = signless(value);
  return Number(text) > 0 ? `+${text}` : text;
}
