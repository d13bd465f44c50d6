// deno-lint-ignore-file no-console
/**
 * Planted facts past the window: how many of ten seeded cases each setting answers, the bundled model, plain
 * completion form. An answer counts when the first 16 tokens contain the planted string.
 *
 *     deno task eval:needles [--cases 10] [--only votes,none] [--tasks passkey] [--long 131072 | --no-long]
 *
 * Writes bench/results/needles.json.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { lastValueFrom, NEVER, of, startWith } from "rxjs";
import {
  type Answer,
  builtins,
  type LanguageModel,
  loadGraph,
  loadModel,
  runGraph,
  shippedGraph,
} from "../../mod.ts";
import type { EvalCase } from "../../eval/eval_case.ts";
import { needles } from "../../eval/suites/needles.ts";
import { type Setting, settings } from "./settings.ts";

const root = new URL("../../", import.meta.url);
const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    cases: { type: "string", default: "10" },
    only: { type: "string" },
    tasks: { type: "string", default: "passkey,niah_multikey_1,fact" },
    tokens: { type: "string", default: "8192" },
    long: { type: "string", default: "131072" },
    "no-long": { type: "boolean", default: false },
  },
});

/** One cell of the table. */
interface Cell {
  readonly setting: string;
  readonly task: string;
  readonly tokens: number;
  readonly cases: number;
  readonly right: number;
  readonly seconds: number;
  readonly answers: readonly { expected: string; got: string }[];
}

async function ask(
  model: LanguageModel,
  setting: Setting,
  given: EvalCase,
): Promise<string> {
  const plan = await loadGraph(shippedGraph(setting.graph), {
    registry: builtins(),
    params: setting.params,
  });
  const { outputs } = runGraph(plan, {
    inputs: {
      document: of(given.document),
      question: of(`${given.question}${given.answerPrefix}`),
    },
    replace: { "model.model": NEVER.pipe(startWith(model)) },
    outputs: ["answer"],
  });
  return (await lastValueFrom(outputs.answer!) as Answer).answer;
}

const model = await loadModel("tiny");
const count = Number(flags.cases);
const cells: Cell[] = [];

async function cell(
  setting: Setting,
  task: string,
  tokens: number,
): Promise<void> {
  const start = performance.now();
  const answers = [];
  const seeds = [...Array(count).keys()];
  const choice = { tasks: [task], lengths: [tokens], seeds };
  for await (const given of needles.cases(choice, model)) {
    const got = await ask(model, setting, given);
    answers.push({ expected: given.expected[0]!, got });
  }
  const right = answers.filter((a) => a.got.includes(a.expected)).length;
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  cells.push({
    setting: setting.name,
    task,
    tokens,
    cases: count,
    right,
    seconds,
    answers,
  });
  console.log(
    `${String(tokens).padStart(7)}  ${task.padEnd(13)} ${
      `${right} of ${count}`.padStart(8)
    }  ${setting.name}  (${seconds} s)`,
  );
}

const chosen = flags.only?.split(",") ?? Object.keys(settings);
for (const name of chosen) {
  const setting: Setting = settings[name as keyof typeof settings];
  for (const task of flags.tasks.split(",")) {
    await cell(setting, task, Number(flags.tokens));
  }
}
if (!flags["no-long"]) {
  for (const name of ["none", "votes"] as const) {
    if (!chosen.includes(name)) continue;
    await cell(settings[name], "passkey", Number(flags.long));
  }
}
await model[Symbol.asyncDispose]();

const target = new URL("bench/results/needles.json", root);
await Deno.mkdir(new URL("./", target), { recursive: true });
const command = ["deno task eval:needles", ...Deno.args].join(" ");
await Deno.writeTextFile(
  target,
  JSON.stringify({ command, cells }, null, 1) + "\n",
);
