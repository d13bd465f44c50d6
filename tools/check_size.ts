// deno-lint-ignore-file no-console
/**
 * Keeps files small: no TypeScript file over 400 lines, and a median of at most 100 where no tests are.
 *
 * @module
 */
import { repository, sourceFiles } from "./source_files.ts";

const MOST_LINES = 400;
const HIGHEST_MEDIAN = 100;

/** Sizes of the TypeScript files of one part of the repository. */
export interface FolderSize {
  readonly folder: string;
  readonly files: number;
  readonly lines: number;
  readonly median: number;
  readonly largest: number;
}

/** What was measured and what is wrong with it. */
export interface SizeReport {
  readonly folders: readonly FolderSize[];
  /** Over everything but tests. */
  readonly median: number;
  readonly problems: readonly string[];
}

/** Measures every TypeScript file under a folder. */
export async function checkSize(root: URL): Promise<SizeReport> {
  const files = (await sourceFiles(root)).filter((f) => f.endsWith(".ts"));
  const sizes = await Promise.all(files.map(async (file) => {
    const text = await Deno.readTextFile(new URL(file, root));
    return { file, lines: text.split("\n").length - 1 };
  }));
  const problems = sizes.filter(({ lines }) => lines > MOST_LINES)
    .map(({ file, lines }) =>
      `${file}:1 has ${lines} lines; ${MOST_LINES} are allowed, split it`
    );
  const tested = sizes.filter(({ file }) => !file.startsWith("tests/"));
  const middle = median(tested.map(({ lines }) => lines));
  if (middle > HIGHEST_MEDIAN) {
    problems.push(
      `The median file has ${middle} lines; ${HIGHEST_MEDIAN} are allowed`,
    );
  }
  const folders = Map.groupBy(sizes, ({ file }) => file.split("/")[0]!);
  return {
    folders: [...folders].map(([folder, members]) => {
      const lines = members.map((member) => member.lines);
      return {
        folder,
        files: lines.length,
        lines: lines.reduce((a, b) => a + b, 0),
        median: median(lines),
        largest: Math.max(...lines),
      };
    }),
    median: middle,
    problems,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [(sorted.length - 1) >> 1, sorted.length >> 1];
  return sorted.length === 0 ? 0 : (sorted[low]! + sorted[high]!) / 2;
}

/** The report as a table. */
export function formatSizes({ folders, median }: SizeReport): string {
  const rows = [
    ["", "files", "lines", "median", "largest"],
    ...folders.map((f) =>
      [f.folder, f.files, f.lines, f.median, f.largest].map(String)
    ),
  ];
  const table = rows.map(([name, ...numbers]) =>
    name!.padEnd(10) + numbers.map((n) => n.padStart(8)).join("")
  );
  return [...table, `median without tests: ${median}`].join("\n");
}

if (import.meta.main) {
  const report = await checkSize(repository);
  console.log(formatSizes(report));
  for (const problem of report.problems) console.error(problem);
  Deno.exit(report.problems.length > 0 ? 1 : 0);
}
