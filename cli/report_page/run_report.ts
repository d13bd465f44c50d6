import { blocksToMarkdown } from "../../eval/report/blocks_to_markdown.ts";
import { blocksToPage } from "../../eval/report/blocks_to_page.ts";
import { reportBlocks } from "../../eval/report/report_blocks.ts";
import { atomicWrite } from "../../io/files/atomic_write.ts";
import { formatBytes } from "../../mod.ts";
import { checkOutput } from "../arguments/check_output.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { terminal } from "../terminal/terminal.ts";
import { readReportRows } from "./read_report_rows.ts";
import { readFile } from "./read_file.ts";

/** Flags of `report`. */
export interface ReportFlags {
  readonly html?: string;
  readonly markdown?: string;
  readonly limits?: string;
  readonly title: string;
}

/** Reads the rows and writes the report. */
export async function runReport(
  paths: readonly string[],
  { html, markdown, limits, title }: ReportFlags,
): Promise<void> {
  for (const output of [html, markdown]) {
    if (output === undefined) continue;
    for (
      const path of [...paths, ...(limits === undefined ? [] : [limits])]
    ) {
      await checkOutput(output, path);
    }
  }
  if (html !== undefined && html === markdown) {
    throw new CliError(
      ExitCode.usage,
      `--html and --markdown both name '${html}'; name two files`,
    );
  }
  const { rows, files } = await readReportRows(paths);
  const blocks = reportBlocks(rows, {
    files,
    command: commandText(paths, { html, markdown, limits, title }),
    ...(limits !== undefined && { limits: (await readFile(limits)).text }),
  });
  const text = blocksToMarkdown(title, blocks);
  if (html !== undefined) {
    await write(html, await blocksToPage(title, blocks));
  }
  if (markdown !== undefined) await write(markdown, text);
  if (html === undefined && markdown === undefined) terminal.out(text);
}

/** The command that writes this again; of paths the file's names. */
function commandText(
  paths: readonly string[],
  flags: Readonly<Record<string, string | undefined>>,
): string {
  const last = (path: string) => path.split(/[\\/]/).at(-1)!;
  const options = Object.entries(flags).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`--${name}`, name === "title" ? `'${value}'` : last(value)]
  );
  return ["parallelcomp report", ...paths.map(last), ...options].join(" ");
}

async function write(path: string, text: string): Promise<void> {
  const content = new TextEncoder().encode(text);
  try {
    await atomicWrite(path, content);
  } catch (cause) {
    const message = `Cannot write '${path}': ${(cause as Error).message}`;
    throw new CliError(ExitCode.usage, message, { cause });
  }
  terminal.err(`report: ${path}, ${formatBytes(content.length)}\n`);
}
