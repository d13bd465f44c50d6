import { compareViews, type ViewFigures } from "./compare_views.ts";
import type { ExampleHead } from "./example_heads.ts";
import type { FigureRow } from "./figure_row.ts";
import { figureViews } from "./figure_views.ts";

/** What `figures.json` holds. */
export interface FigureTable {
  readonly command: string;
  /** SHA-256 of document and question by the case's name. */
  readonly documents: Readonly<Record<string, string>>;
  readonly views: readonly ViewFigures[];
  /** Of the first view, all documents: by layer how many heads had each shape. */
  readonly layers: FigureRow["layers"];
  readonly examples?: readonly ExampleHead[];
}

/** Everything over all documents. */
export function figureTable(rows: readonly FigureRow[]): FigureTable {
  const against = Object.fromEntries(
    figureViews.map(({ name, against = [] }) => [name, against]),
  );
  const examples = rows.find((row) => row.examples)?.examples;
  return {
    command: "deno task eval:paper figures",
    documents: Object.fromEntries(
      rows.map(({ document, documentHash }) => [document, documentHash]),
    ),
    views: compareViews(rows, against),
    layers: addedLayers(
      rows.filter(({ view }) => view === figureViews[0]!.name),
    ),
    ...(examples && { examples }),
  };
}

function addedLayers(rows: readonly FigureRow[]): FigureRow["layers"] {
  const added = (side: "local" | "merged") =>
    rows[0]!.layers[side].map((counts, layer) => {
      const sum = (shape: keyof typeof counts) =>
        rows.reduce((n, { layers }) => n + layers[side][layer]![shape], 0);
      return {
        u: sum("u"),
        mountain: sum("mountain"),
        uniform: sum("uniform"),
        mixed: sum("mixed"),
      };
    });
  return { local: added("local"), merged: added("merged") };
}
