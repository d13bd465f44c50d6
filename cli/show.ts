import { Command } from "@commander-js/extra-typings";
import { checkOutput } from "./arguments/check_output.ts";
import { readRecord } from "./record/read_record.ts";
import { colours, marks } from "./show/ink.ts";
import { textReport } from "./show/text_report.ts";
import { writePage } from "./show/write_page.ts";
import { htmlOption } from "./arguments/flags.ts";
import { terminal } from "./terminal/terminal.ts";

/** `show`: a recorded run. */
export const show = new Command("show")
  .summary("show a recorded run: what was kept, when, and at what cost")
  .description(
    "Shows a run that 'ask' or 'run' wrote with --record: its chunks and their scores, the queue, the kept text, the time. Nothing is computed again.",
  )
  .argument("<record>", "file that --record wrote")
  .addOption(htmlOption)
  .action(async (path, { html }) => {
    if (html !== undefined) await checkOutput(html, path);
    const record = await readRecord(path);
    const ink = terminal.outIsTerminal && !Deno.noColor ? colours : marks;
    terminal.out(textReport(record, ink));
    if (html !== undefined) await writePage(html, record);
  });
