import type { AskedModel } from "./asked.ts";
import { casesText, scoreText, thousands } from "./cell_text.ts";
import { markdownTable } from "./markdown_table.ts";
import type { StoredScores } from "./stored_scores.ts";

const tasks = ["niah_single_1", "niah_single_2", "niah_multikey_1"];
const labels: Readonly<Record<string, string>> = {
  truncation: "truncation of the middle",
  StreamingLLM: "StreamingLLM by recomputation",
  PCW: "PCW: all chunks, nothing evicted",
  "the paper's rule": "the paper's rule, `graphs/paper.yaml`",
  merged: "merged, not read again: `graphs/parallelcomp.yaml`",
  default: "default: what is left is read again",
};

/** Mean scores of every method by length, over three tasks that ask for one number together. */
export function oneNumberTable(
  { lengths, methods }: AskedModel,
  scores: StoredScores,
): string {
  const together = (length: number, method: string) => {
    const lists = tasks.map((task) => scores.at(task, length, method));
    return lists.every((list) => list.length > 0) ? lists.flat() : [];
  };
  const rows = methods.map((method) => [
    labels[method] ?? method,
    ...lengths.map((length) => scoreText(together(length, method))),
  ]);
  const cases = lengths.map((length) =>
    casesText(methods.map((method) => together(length, method)))
  );
  return markdownTable(
    ["tokens", ...lengths.map(thousands)],
    [...rows, ["cases", ...cases]],
  );
}
