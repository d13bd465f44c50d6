import { Command } from "@commander-js/extra-typings";
import { jsonLine } from "../terminal/json_report.ts";
import { terminal } from "../terminal/terminal.ts";

/** `eval list`: what there is to be evaluated on. */
export const list = new Command("list")
  .summary("list the suites and their tasks")
  .description(
    "Lists the suites with their tasks and templates. A file of cases (.jsonl) is a suite too.",
  )
  .option("--json", "print one JSON object a suite, one a line")
  .action(async ({ json }) => {
    const { suites } = await import("../../eval/suites/mod.ts");
    for (const { name, summary, tasks, templates = [] } of suites) {
      if (json) {
        terminal.out(jsonLine({ name, summary, tasks, templates }));
        continue;
      }
      terminal.out(`${name}: ${summary}\n  tasks: ${tasks.join(", ")}\n`);
      if (templates.length > 0) {
        terminal.out(`  templates: ${templates.join(", ")}\n`);
      }
    }
  });
