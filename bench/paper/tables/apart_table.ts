import {
  bootstrapInterval,
  type Interval,
} from "../../../eval/statistics/bootstrap.ts";
import { type AskedModel, tasks } from "./asked.ts";
import { markdownTable } from "./markdown_table.ts";
import type { StoredScores } from "./stored_scores.ts";

/** In how many cells (a task at a length) the intervals of the default and of the paper's rule lie apart. */
export function apartTable(
  asked: readonly {
    readonly asked: AskedModel;
    readonly scores: StoredScores;
  }[],
): string {
  const rows = asked.map(({ asked: { model, lengths, enough }, scores }) => {
    const cells = tasks.flatMap((task) =>
      lengths.flatMap((length) => {
        const [ours, paper] = ["default", "the paper's rule"].map((method) =>
          scores.at(task, length, method)
        ) as [readonly number[], readonly number[]];
        if (Math.min(ours.length, paper.length) < enough) return [];
        return [sideOf(bootstrapInterval(ours), bootstrapInterval(paper))];
      })
    );
    const count = (side: Side) => `${cells.filter((c) => c === side).length}`;
    return [
      ...[model, `${enough}`, `${cells.length}`],
      ...[count("better"), count("worse"), count("overlap")],
    ];
  });
  return markdownTable([
    ...["model", "least n", "cells", "default better"],
    ...["default worse", "intervals overlap"],
  ], rows);
}

type Side = "better" | "worse" | "overlap";

function sideOf(ours: Interval, other: Interval): Side {
  if (ours.low > other.high) return "better";
  return ours.high < other.low ? "worse" : "overlap";
}
