import { Command } from "@commander-js/extra-typings";
import { checkMachine } from "./doctor/check_machine.ts";
import { CliError, ExitCode } from "./terminal/exit_code.ts";
import * as shared from "./arguments/flags.ts";
import { jsonLine } from "./terminal/json_report.ts";
import { table } from "./terminal/sources.ts";
import { terminal } from "./terminal/terminal.ts";

/** `doctor`: what runs here and why not. */
export const doctor = new Command("doctor")
  .summary("say what runs on this machine and what a model is, and why not")
  .description(
    "Checks this machine: permissions, processor, memory, the model (what it is, how it is written, what works with it and what is missing), and ONNX Runtime with a real computation.",
  )
  .argument("[model]", "the same as --model")
  .addOption(shared.modelOption)
  .addOption(shared.jsonOption)
  .action(async (named, { model, json }) => {
    if (named !== undefined && model !== undefined) {
      throw new CliError(
        ExitCode.usage,
        `Two models were named, '${named}' and '${model}'; name one`,
      );
    }
    const findings = await checkMachine(named ?? model);
    if (json) {
      for (const finding of findings) terminal.out(jsonLine(finding));
    } else {
      terminal.out(
        table(findings.map(({ name, state, says }) => [state, name, says])),
      );
    }
    const failed = findings.find(({ state }) => state === "fails");
    if (failed) {
      throw new CliError(failed.code, `${failed.name}: ${failed.says}`);
    }
  });
