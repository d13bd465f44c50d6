// deno-lint-ignore-file no-console
/**
 * Where a question's time goes with SmolLM2-135M-Instruct (Q4_1): a whole run of parallelcomp.yaml, stage by stage, to
 * its first token and its end, beside llama.cpp (Q4_0, the file it is fastest with), which reads the same text at once
 * with full attention; and what every side holds.
 * Sides take turns; models are open and warm before the clock runs.
 *
 *     deno run -A bench/cpu_stages.ts [tokens = 8000] [window = 2048] [rounds = 3]
 *
 * Needs `pip install llama-cpp-python==0.3.36`. Writes bench/results/cpu_stages.json.
 *
 * @module
 */
import {
  type Accuracy,
  builtins,
  loadGraph,
  loadModel,
  shippedGraph,
} from "../mod.ts";
import { smollm2 } from "../tests/model/smollm2.ts";
import { Anchor } from "./anchor.ts";
import { book } from "../eval/tasks/haystack.ts";
import { machine, writeResult } from "./result.ts";
import { smollm2Q40 } from "./smollm2_q4_0.ts";
import { timedRun } from "./timed_run.ts";

const [tokens = 8000, window = 2048, rounds = 3] = Deno.args.map(Number);
const answerTokens = 16;
const graph = "parallelcomp";
const question = "Who is the captain of the Pequod?";
const path = await smollm2();
const threads = navigator.hardwareConcurrency;
const plan = await loadGraph(shippedGraph(graph), {
  registry: builtins(),
  params: { window, maxTokens: answerTokens },
});
const open = (accuracy: Accuracy) =>
  loadModel(path, { provider: "cpu", accuracy });
const models = { exact: await open("exact"), int8: await open("int8") };
const { tokenizer } = models.exact;
const { byteEnds } = tokenizer.encodeWithOffsets(book());
const bytes = new TextEncoder().encode(book());
const textOf = (from: number, to: number) =>
  new TextDecoder().decode(bytes.subarray(byteEnds[from], byteEnds[to]));
/** Text that no side has read before. */
const document = (round: number) =>
  textOf((round + 1) * tokens, (round + 2) * tokens);

const anchor = await Anchor.start(
  "llama_cpp_anchor.py",
  await smollm2Q40(),
  threads,
  8192,
);

/** llama.cpp on the same text: all of it, then the question, then an answer of the same length. */
async function theirs(text: string): Promise<object> {
  const prompt = tokenizer.encode(`${text}\n\n${question}`);
  const { first, seconds } = await anchor.ask<
    { first: number; seconds: number[] }
  >({ do: "decode", ids: [...prompt], tokens: answerTokens - 1 });
  const decode = seconds.reduce((sum, s) => sum + s, 0);
  return {
    firstTokenSeconds: first,
    phases: { prefill: first, decode, total: first + decode },
    promptTokens: prompt.length,
  };
}

const runs: Record<string, object[]> = { exact: [], int8: [], llamaCppQ40: [] };
for (let round = -1; round < rounds; round++) {
  const text = round < 0 ? textOf(0, window) : document(round); // the first is to warm up, and short
  for (const [side, model] of Object.entries(models)) {
    const run = await timedRun(plan, model, { document: text, question });
    const { firstTokenSeconds, phases, answer: { chunks, contextTokens } } =
      run;
    if (round < 0) continue;
    runs[side]!.push({ firstTokenSeconds, phases, chunks, contextTokens });
  }
  const other = await theirs(text);
  if (round >= 0) runs.llamaCppQ40!.push(other);
}
await models.int8[Symbol.asyncDispose]();

await models.exact[Symbol.asyncDispose]();

const peakBytes = {
  exact: await peak("exact"),
  int8: await peak("int8"),
  llamaCppQ40: (await anchor.ask<{ peakBytes: number }>({ do: "peak" }))
    .peakBytes,
};
await anchor[Symbol.asyncDispose]();
const result = {
  command: ["deno run -A bench/cpu_stages.ts", ...Deno.args].join(" "),
  machine: machine(),
  model: "SmolLM2-135M-Instruct, Q4_1; llama.cpp: requantised to Q4_0",
  run: { tokens, window, answerTokens, runs, peakBytes },
};
console.log(JSON.stringify(result, null, 1));
await writeResult("cpu_stages", result);
Deno.exit(0);

/** The most memory that a process holds which asks once. */
async function peak(accuracy: Accuracy): Promise<number> {
  const cli = new URL("../cli/main.ts", import.meta.url).pathname;
  const set = { window, accuracy, provider: "cpu", maxTokens: answerTokens };
  const file = await Deno.makeTempFile({ suffix: ".txt" });
  await Deno.writeTextFile(file, document(0));
  const { stdout, success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", cli, "ask", file, question, "--json"],
      ...["--graph", graph],
      ...["--model", path],
      ...Object.entries(set).flatMap(([k, v]) => ["--set", `${k}=${v}`]),
    ],
  }).output();
  await Deno.remove(file);
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const last = new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1)!;
  return JSON.parse(last).peakBytes;
}
