import assert from "node:assert/strict";
import { compareViews } from "../../../bench/paper/figures/compare_views.ts";
import {
  figureDocuments,
  questionOf,
} from "../../../bench/paper/figures/figure_documents.ts";
import type { FigureRow } from "../../../bench/paper/figures/figure_row.ts";
import type { FigureTable } from "../../../bench/paper/figures/figure_table.ts";
import { figureViews } from "../../../bench/paper/figures/figure_views.ts";
import { sha256 } from "../../../cli/experiment/sha256.ts";

const stored = new URL(
  "../../../bench/results/paper/figures.json",
  import.meta.url,
);

const row = (document: string, view: string, local: number, merged: number) =>
  ({
    document,
    documentHash: document,
    view,
    command: "",
    tokens: 1,
    chunks: 1,
    numbers: { "local.sink": local, "merged.sink": merged },
    layers: { local: [], merged: [] },
  }) satisfies FigureRow;

Deno.test("compareViews() pairs documents, merged with local and a view with the first", () => {
  const [none, evicted] = compareViews([
    row("a", "none", 0.2, 0.1),
    row("b", "none", 0.4, 0.2),
    row("b", "evicted", 0.4, 0.5),
    row("a", "evicted", 0.2, 0.4),
  ], { evicted: ["none"] });
  assert.equal(none!.n, 2);
  assert.deepEqual(none!.numbers["local.sink"], {
    mean: 0.3,
    low: 0.2,
    high: 0.4,
  });
  const { mean, low, high } = none!.mergedLessLocal["merged.sink"]!;
  assert.deepEqual([mean, low, high], [-0.15, -0.2, -0.1]);
  assert.deepEqual(none!.less, {});
  const less = evicted!.less.none!["merged.sink"]!;
  assert.deepEqual([less.mean, less.low, less.high], [0.3, 0.3, 0.3]);
  assert(less.tie, "two documents cannot tell");
});

Deno.test("figureDocuments() are those that the stored figures speak of", async () => {
  const { documents, views } = JSON.parse(
    await Deno.readTextFile(stored),
  ) as FigureTable;
  const made = await figureDocuments();
  assert.deepEqual(
    documents,
    Object.fromEntries(
      made.map((one) => [one.id, sha256(one.document, questionOf(one))]),
    ),
  );
  assert.deepEqual(
    views.map(({ view, n }) => [view, n]),
    figureViews.map(({ name }) => [name, made.length]),
  );
});
