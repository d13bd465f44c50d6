import { Command } from "@commander-js/extra-typings";
import { builtins, didYouMean } from "../mod.ts";
import { CliError, ExitCode } from "./terminal/exit_code.ts";
import * as shared from "./arguments/flags.ts";
import { jsonLine } from "./terminal/json_report.ts";
import { describeStage, stageFacts } from "./stage_facts.ts";
import { table } from "./terminal/sources.ts";
import { terminal } from "./terminal/terminal.ts";

/** `stages`: the shelf. */
export const stages = new Command("stages")
  .summary("list the stages that graphs can use")
  .description(
    "Lists every stage of the shelf; with a name, its inputs, outputs and options with their defaults.",
  )
  .argument("[name]", "a stage, such as evict.attention")
  .addOption(shared.jsonOption)
  .action((name, { json }) => {
    const registry = builtins();
    const entries = registry.entries();
    if (name === undefined) {
      terminal.out(
        json
          ? jsonLine(entries.map(({ stage }) => stageFacts(stage)))
          : table(entries.map(({ stage }) => [stage.name, stage.summary])),
      );
      return;
    }
    const stage = registry.get(name);
    if (!stage) {
      throw new CliError(
        ExitCode.usage,
        `No stage is named '${name}'${didYouMean(name, registry.names())}`,
      );
    }
    const facts = stageFacts(stage);
    terminal.out(json ? jsonLine(facts) : describeStage(facts));
  });
