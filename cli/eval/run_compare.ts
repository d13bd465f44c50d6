import { perplexity } from "../../eval/metrics/perplexity.ts";
import { atomicWrite } from "../../io/files/atomic_write.ts";
import { checkOutput } from "../arguments/check_output.ts";
import { commandLine } from "../arguments/command_line.ts";
import { jsonLine } from "../terminal/json_report.ts";
import { table } from "../terminal/sources.ts";
import { terminal } from "../terminal/terminal.ts";
import { chooseSides, type RowSide } from "./choose_sides.ts";
import { type ComparedCell, compareRows } from "./compare_rows.ts";
import { placeName } from "./describe_cells.ts";
import { readEvalRows } from "./read_rows.ts";

/** Flags of `eval compare`. */
export interface CompareFlags {
  readonly methods?: readonly string[];
  readonly table?: string;
  readonly json?: true;
}

/** Compares the methods, and prints or writes the table. */
export async function runCompare(
  a: string,
  b: string | undefined,
  { methods, table: path, json }: CompareFlags,
): Promise<void> {
  if (path !== undefined) await checkOutput(path, a);
  const paths = b === undefined || b === a ? [a] : [a, b];
  const files = await Promise.all(
    paths.map(async (path) => ({ path, rows: await readEvalRows(path) })),
  );
  const sides = chooseSides(files, methods);
  const { cells, notes } = compareRows(...sides);
  const whole = { a: sides[0].name, b: sides[1].name, cells, notes };
  for (const note of notes) terminal.err(`note: ${note}\n`);
  terminal.out(
    json ? jsonLine({ type: "comparison", ...whole }) : describe(sides, cells),
  );
  if (path === undefined) return;
  const written = { command: commandLine(), ...whole };
  await atomicWrite(path, JSON.stringify(written, null, 1) + "\n");
}

function describe(
  [a, b]: readonly [RowSide, RowSide],
  cells: readonly ComparedCell[],
): string {
  const names = `A is ${a.name}, B is ${b.name}\n`;
  const lines = cells.map((cell) => {
    const { length, n, meanA, meanB, difference, low, high, tie, p } = cell;
    const number = (value: number) => value.toFixed(3);
    const lower = cell.metric === perplexity.name; // the lower perplexity is the better
    const better = (difference > 0) !== lower ? "A" : "B";
    return [
      placeName(cell),
      length === null ? "" : String(length),
      String(n),
      number(meanA),
      number(meanB),
      `${number(difference)} [${number(low)}, ${number(high)}]`,
      `${p < 0.001 ? "< 0.001" : p.toFixed(3)} ${cell.test}`,
      tie ? "tie" : `${better} is better`,
    ];
  });
  return names + table([
    ["task", "tokens", "n", "A", "B", "A − B", "p", ""],
    ...lines,
  ]);
}
