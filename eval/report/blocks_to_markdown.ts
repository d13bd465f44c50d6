import type { Block, Cell } from "./blocks.ts";
import { sectionLinks } from "./section_links.ts";

/** A report as GitHub's Markdown, ready to be pasted; charts are left out, and it says so. */
export function blocksToMarkdown(
  title: string,
  blocks: readonly Block[],
): string {
  const parts = blocks.flatMap((block) => {
    const written = write(block);
    return written === undefined ? [] : [written];
  });
  const charts = blocks.filter(({ kind }) => kind === "chart").length;
  return [
    `# ${plain(title)}`,
    ...(charts === 0 ? [] : [
      `${charts} charts are on the HTML page alone; what they draw stands in the tables here.`,
    ]),
    ...contents(blocks),
    ...parts,
  ].join("\n\n") + "\n";
}

/** Links to the sections of a long report, as GitHub names them. */
function contents(blocks: readonly Block[]): string[] {
  const links = sectionLinks(blocks).map(({ title, id }) =>
    `- [${plain(title)}](#${id})`
  );
  return links.length === 0 ? [] : [links.join("\n")];
}

function write(block: Block): string | undefined {
  switch (block.kind) {
    case "heading":
      return `${"#".repeat(block.level)} ${plain(block.text)}`;
    case "text":
      return plain(block.text);
    case "list":
      return block.items.map((item) => `- ${plain(item)}`).join("\n");
    case "commands":
      return fenced(block.lines.join("\n"));
    case "table":
      return [
        ...(block.caption === undefined ? [] : [`${plain(block.caption)}\n`]),
        line(block.head),
        line(block.head.map((_, i) => i === 0 || block.words ? "---" : "---:")),
        ...block.rows.map(line),
      ].join("\n");
    case "markdown":
      return block.text.trim();
    case "chart":
      return undefined;
  }
}

/** A block of code; its fence is longer than any in it. */
function fenced(code: string): string {
  const longest = Math.max(2, ...code.match(/`+/g)?.map((f) => f.length) ?? []);
  const fence = "`".repeat(longest + 1);
  return `${fence}sh\n${code}\n${fence}`;
}

function line(cells: readonly Cell[]): string {
  const texts = cells.map((cell) =>
    typeof cell === "string" ? plain(cell) : `**${plain(cell.strong)}**`
  );
  return `| ${texts.join(" | ")} |`;
}

/** Text in which nothing is a mark of Markdown, a table's line, or a tag. */
function plain(text: string): string {
  return text.replace(/[\\|<*`]/g, "\\$&").replace(/\s+/g, " ").trim();
}
