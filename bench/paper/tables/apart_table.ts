import {
  bootstrapInterval,
  type Interval,
} from "../../../eval/statistics/bootstrap.ts";
import { type AskedModel, ours, tasks } from "./asked.ts";
import { markdownTable } from "./markdown_table.ts";
import type { StoredScores } from "./stored_scores.ts";

/** In how many cells (a task at a length) the intervals of ours and of the paper's rule lie apart. */
export function apartTable(
  asked: readonly {
    readonly asked: AskedModel;
    readonly scores: StoredScores;
  }[],
): string {
  const rows = asked.map(({ asked, scores }) => {
    const { model, lengths, enough } = asked;
    const cells = tasks.flatMap((task) =>
      lengths.flatMap((length) => {
        const [own, paper] = [ours, "the paper's rule"].map((method) =>
          scores.at(task, length, method)
        ) as [readonly number[], readonly number[]];
        if (Math.min(own.length, paper.length) < enough) return [];
        return [sideOf(bootstrapInterval(own), bootstrapInterval(paper))];
      })
    );
    const count = (side: Side) => `${cells.filter((c) => c === side).length}`;
    return [
      ...[model, ours, `${enough}`, `${cells.length}`],
      ...[count("better"), count("worse"), count("overlap")],
    ];
  });
  return markdownTable([
    ...["model", "method", "least n", "cells"],
    ...["better", "worse", "intervals overlap"],
  ], rows);
}

type Side = "better" | "worse" | "overlap";

function sideOf(ours: Interval, other: Interval): Side {
  if (ours.low > other.high) return "better";
  return ours.high < other.low ? "worse" : "overlap";
}
