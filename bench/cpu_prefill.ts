// deno-lint-ignore-file no-console
/**
 * Prefill of SmolLM2-135M-Instruct by chunk length against llama.cpp (the Q4_1 file and its Q4_0 requantisation, flash
 * attention on) and OpenVINO GenAI (the Q4_1 file), on the same ids, all sides in turn. Ours with one worker that has
 * all threads and a chunk at a time, and with a worker for every thread and as many chunks at once, as `tune` would
 * choose between them: a document has many chunks. The ratios are of the faster.
 *
 *     deno run -A bench/cpu_prefill.ts [rounds = 7] [lengths = 512,1024,2048,8192] [sides = all of them]
 *
 * Needs `pip install llama-cpp-python==0.3.36 openvino-genai==2026.4.1.0`. Writes bench/results/cpu_prefill.json.
 *
 * @module
 */
import { type Accuracy, loadModel } from "../mod.ts";
import { smollm2 } from "../tests/model/smollm2.ts";
import { Anchor } from "./anchor.ts";
import { book } from "../eval/tasks/haystack.ts";
import { machine, median, writeResult } from "./result.ts";
import { smollm2Q40 } from "./smollm2_q4_0.ts";

const [rounds = "7", list = "512,1024,2048,8192", only] = Deno.args;
const lengths = list.split(",").map(Number);
const threads = navigator.hardwareConcurrency;
const path = await smollm2();
const context = Math.max(...lengths);

type Side = (ids: Int32Array) => Promise<number>; // seconds a chunk

async function ours(accuracy: Accuracy, workers: number): Promise<Side> {
  const options = { threads, workers, accuracy, provider: "cpu" } as const;
  const model = await loadModel(path, options);
  return async (ids) => {
    const start = performance.now();
    const all = await Promise.all(
      Array.from({ length: workers }, () => model.prefill([{ ids }])),
    );
    const seconds = (performance.now() - start) / 1000;
    for (const [prefilled] of all) prefilled!.cache.dispose?.();
    return seconds / workers;
  };
}

async function theirs(
  script: string,
  ...args: (string | number)[]
): Promise<Side> {
  const anchor = await Anchor.start(script, ...args);
  return async (ids) => {
    const request = { do: "prefill", ids: [...ids] };
    return (await anchor.ask<{ seconds: number }>(request)).seconds;
  };
}

const llama = "llama_cpp_anchor.py";
const opened = {
  exact: () => ours("exact", 1),
  exactWorkers: () => ours("exact", threads),
  int8: () => ours("int8", 1),
  int8Workers: () => ours("int8", threads),
  llamaCppQ41: () => theirs(llama, path, threads, context),
  llamaCppQ40: async () => theirs(llama, await smollm2Q40(), threads, context),
  openvino: () => theirs("openvino_anchor.py", path, threads),
};
type Name = keyof typeof opened;
const names = (only?.split(",") ?? Object.keys(opened)) as Name[];
const sides = {} as Record<Name, Side>;
for (const name of names) sides[name] = await opened[name]();

const model = await loadModel(path, { provider: "cpu" });
const ids = model.tokenizer.encode(book());
await model[Symbol.asyncDispose]();
let at = 0;
/** Ids that no side has seen. */
function fresh(tokens: number): Int32Array {
  if (at + tokens > ids.length) at = 1 + at % 97; // other prefixes
  return ids.slice(at, at += tokens);
}

const rows = [];
for (const tokens of lengths) {
  const count = Math.max(
    2,
    Math.round(Number(rounds) / (tokens > 4096 ? 2 : 1)),
  );
  const rates = Object.fromEntries(
    names.map((name) => [name, []]),
  ) as unknown as Record<Name, number[]>;
  for (let round = -1; round < count; round++) {
    const chunk = fresh(tokens);
    for (const name of names) {
      const seconds = await sides[name](chunk);
      if (round >= 0) rates[name].push(tokens / seconds); // the first is to warm up
    }
  }
  const rate = (name: Name) => rates[name] ? median(rates[name]) : 0;
  const best = rate("llamaCppQ40") > rate("llamaCppQ41")
    ? "llamaCppQ40"
    : "llamaCppQ41";
  const over = (a: Name, b: Name) =>
    median(rates[a].map((r, i) => r / rates[b][i]!));
  const faster = (a: Name, b: Name) => rate(a) > rate(b) ? a : b;
  const exact = faster("exact", "exactWorkers");
  const int8 = faster("int8", "int8Workers");
  const ratios = {
    exactOverLlamaCpp: over(exact, best),
    int8OverLlamaCpp: over(int8, best),
    int8OverOpenvino: over(int8, "openvino"),
  };
  rows.push({
    tokens,
    tokensPerSecond: rates,
    faster: { exact, int8, llamaCpp: best },
    ratios,
  });
  const text = Object.entries(ratios).map(([k, v]) => `${k} ${v.toFixed(2)}`);
  const speeds = names.map((name) => `${name} ${Math.round(rate(name))}`);
  console.log(`${tokens}: ${text.join(", ")} (tokens/s: ${speeds.join(", ")})`);
}
await writeResult("cpu_prefill", {
  command: ["deno run -A bench/cpu_prefill.ts", ...Deno.args].join(" "),
  machine: machine(),
  model: "SmolLM2-135M-Instruct, Q4_1",
  accuracy: {
    exact: "weights dequantised to fp32, fp32 products and attention",
    int8:
      "8-bit products (weights by output, activations by row); attention in fp32, from 768 tokens on in 8 bits but for a row's own 64 tokens and the first",
    llamaCpp:
      "activations in int8 by blocks of 32, fp16 cache, flash attention, ubatch 512",
    openvino: "its defaults for this processor",
  },
  goals: {
    exactOverLlamaCpp: 1.2,
    int8OverLlamaCpp: 1.8,
    int8OverOpenvino: 0.9,
  },
  rows,
});
Deno.exit(0);
