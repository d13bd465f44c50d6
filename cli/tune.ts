import { Command, Option } from "@commander-js/extra-typings";
import { openModel } from "../io/open_model.ts";
import { type Tuning, writeTuning } from "../io/tuning.ts";
import { CliError, ExitCode } from "./terminal/exit_code.ts";
import { positiveInteger } from "./arguments/flags.ts";
import { Interrupt } from "./run/interrupt.ts";
import { jsonLine } from "./terminal/json_report.ts";
import {
  measurePrefill,
  type PrefillSetting,
} from "./predict/measure_prefill.ts";
import { table } from "./terminal/sources.ts";
import { terminal } from "./terminal/terminal.ts";

const accuracies = ["exact", "fast", "int8"] as const;

const help = `
What is measured, one after the other, each with the best of what came before:
accuracy, workers, threads, chunks in one call; then, with the best, chunks of
several lengths. The fastest settings are kept for this model, machine and
version; threads=auto and accuracy=auto use them, and --set workers=auto.

Accuracies other than exact change the numbers: only those that --accuracy names
may be chosen. All are measured.`;

/** `tune`: the fastest settings of a model on this machine, by measurement. */
export const tune = new Command("tune")
  .summary("measure which settings are fastest for a model here, and keep them")
  .description(
    "Measures prefill with several settings on this machine's processor and keeps the fastest for later runs.",
  )
  .argument("<model>", "as for --model")
  .addOption(
    new Option("--accuracy <names...>", "accuracies that may be chosen")
      .choices(accuracies).default(["exact"] as (typeof accuracies[number])[]),
  )
  .option("--tokens <n>", "tokens of a chunk", positiveInteger, 1024)
  .option("--rounds <n>", "times that each is measured", positiveInteger, 3)
  .option("--json", "one JSON object a setting on standard output")
  .addHelpText("after", help)
  .action(async (path, { accuracy: allowed, tokens, rounds, json }) => {
    const window = await windowOf(path);
    const length = Math.min(tokens, window);
    using interrupt = new Interrupt();
    const { signal } = interrupt;
    const rows: string[][] = [];
    const say = (row: string[]) => {
      rows.push(row);
      if (!json && terminal.errIsTerminal) terminal.err(`${row.join("  ")}\n`);
    };
    const measure = async (setting: PrefillSetting): Promise<number> => {
      const rate = await measurePrefill(path, setting, { rounds, signal });
      const { accuracy, workers, threads, batch, length } = setting;
      if (json) terminal.out(jsonLine({ ...setting, tokensPerSecond: rate }));
      say([
        accuracy,
        ...[workers, threads, batch, length, Math.round(rate)].map(String),
      ]);
      return rate;
    };
    const cores = navigator.hardwareConcurrency;
    let best: PrefillSetting = {
      accuracy: "exact",
      workers: 1,
      threads: cores,
      batch: 1,
      length,
    };
    let speed = await measure(best);
    for (const changes of trials(cores)) {
      for (const change of changes) {
        const setting = { ...best, ...change };
        const rate = await measure(setting);
        const may = allowed.some((name) => name === setting.accuracy);
        if (!may || rate <= speed * MARGIN) continue;
        best = setting;
        speed = rate;
      }
    }
    for (const other of [256, 512, 1024, 2048, 4096, 8192]) {
      if (other <= window && other !== length) {
        await measure({ ...best, length: other });
      }
    }
    const { workers, threads, batch } = best;
    const accuracy = best.accuracy as Tuning["accuracy"];
    const tuning: Tuning = { workers, threads, accuracy, batch };
    const file = await writeTuning(path, tuning);
    if (json) {
      terminal.out(jsonLine({ type: "tuning", ...tuning, file }));
      return;
    }
    const head = [
      "accuracy",
      "workers",
      "threads",
      "batch",
      "chunk",
      "tokens/s",
    ];
    terminal.out(table([head, ...rows]));
    terminal.out(
      `\nFastest: accuracy=${accuracy} workers=${workers} threads=${threads} batch=${batch}, kept in ${file}\n`,
    );
  });

/** What is slower by less than this is not worth a change: the machine is noisy. */
const MARGIN = 1.03;

/** Settings that are tried, group by group; every group begins with the best so far. */
function trials(cores: number): Partial<PrefillSetting>[][] {
  return [
    [{ accuracy: "int8" }, { accuracy: "fast" }],
    cores > 1 ? [{ workers: 2 }] : [],
    cores > 3 ? [{ workers: 4 }, { threads: cores / 2 }] : [],
    [{ batch: 2 }, { batch: 4 }],
  ];
}

/** Tokens that the model's window holds. */
async function windowOf(path: string): Promise<number> {
  await using file = await openModel(path);
  if (file.exported) {
    throw new CliError(
      ExitCode.model,
      `'${path}' is an exported model, which computes as it was exported; tune takes GGUF files and Hugging Face folders`,
    );
  }
  return file.config.window;
}
