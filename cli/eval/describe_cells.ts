import { perplexity } from "../../eval/metrics/perplexity.ts";
import { table } from "../terminal/sources.ts";
import { type CellPlace, type EvalCell, placeKey } from "./eval_cells.ts";

const kinds = [
  ["methods that see the question", false, true],
  ["methods that do not see the question", false, false],
  ["bounds that know the answer", true, undefined],
] as const;

/** Cells for people: a block a length, in it a line a method and a column a task; what sees the question apart. */
export function describeEval(cells: readonly EvalCell[]): string {
  return kinds.flatMap(([title, oracle, aware]) => {
    const own = cells.filter((cell) =>
      cell.oracle === oracle && (oracle || cell.queryAware === aware)
    );
    return own.length === 0 ? [] : [`${title}:\n`, ...blocks(own)];
  }).join("");
}

function blocks(cells: readonly EvalCell[]): string[] {
  const lengths = [...new Set(cells.map(({ length }) => length))];
  return lengths.map((length) => {
    const own = cells.filter((cell) => cell.length === length);
    const places = distinct(own);
    const methods = [...new Set(own.map(({ method }) => method))];
    const head = [
      length === null ? "" : `${length.toLocaleString("en")} tokens`,
      ...places.map(placeName),
      "seconds",
      "first token",
      "entries",
    ];
    return table([
      head,
      ...methods.map((method) => {
        const line = own.filter((cell) => cell.method === method);
        const of = (place: CellPlace) =>
          line.find((cell) => placeKey(cell) === placeKey(place));
        return [
          method,
          ...places.map((place) => score(of(place))),
          meanText(line, "seconds", 2),
          meanText(line, "firstTokenSeconds", 2),
          meanText(line, "entries", 0),
        ];
      }),
    ]);
  });
}

/** The name of a place without its length. */
export function placeName({ task, group }: CellPlace): string {
  return group === null ? task : `${task} ${group}`;
}

/** Every place once. */
function distinct(cells: readonly EvalCell[]): EvalCell[] {
  return [...new Map(cells.map((cell) => [placeKey(cell), cell])).values()];
}

/** `0.95 [0.85, 1.00] n 20`. */
function score(cell: EvalCell | undefined): string {
  if (!cell) return "";
  const { n, failed, mean, low, high } = cell;
  const lost = failed > 0 ? ` (${failed} failed)` : "";
  if (mean === null) return `–${lost}`;
  const number = (value: number) =>
    cell.metric === perplexity.name ? value.toPrecision(4) : value.toFixed(2);
  return `${number(mean)} [${number(low!)}, ${number(high!)}] n ${n}${lost}`;
}

/** The mean over a line's cells, by their rows. */
function meanText(
  cells: readonly EvalCell[],
  of: "seconds" | "firstTokenSeconds" | "entries",
  digits: number,
): string {
  const known = cells.filter((cell) => cell[of] !== null);
  const rows = known.reduce((sum, { n }) => sum + n, 0);
  const all = known.reduce((sum, cell) => sum + cell[of]! * cell.n, 0);
  return rows === 0 ? "–" : (all / rows).toFixed(digits);
}
