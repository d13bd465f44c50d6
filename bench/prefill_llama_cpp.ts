// deno-lint-ignore-file no-console
/**
 * Prefill of SmolLM2-135M-Instruct (Q4_1) in chunks, against llama.cpp on the same file and the same ids, flash
 * attention on, both warm and in turn in one run.
 *
 *     deno run -A bench/prefill_llama_cpp.ts [tokens = 1024] [pairs = 7]
 *
 * Needs `pip install llama-cpp-python==0.3.36`. Writes bench/results/prefill_llama_cpp_<tokens>.json.
 *
 * @module
 */
import { TextLineStream } from "./text_lines.ts";
import { loadModel } from "../mod.ts";
import { smollm2 } from "../tests/model/smollm2.ts";
import { book } from "./needles/haystack.ts";
import { machine, median, writeResult } from "./result.ts";

const [tokens = 1024, pairs = 7] = Deno.args.map(Number);
const path = await smollm2();
const threads = navigator.hardwareConcurrency;
const exact = await loadModel(path, { threads, accuracy: "exact" });
const fast = await loadModel(path, { threads, accuracy: "fast" });
const ids = exact.tokenizer.encode(book().slice(0, 200_000));

const script = new URL("llama_cpp_prefill.py", import.meta.url).pathname;
const python = new Deno.Command("python3", {
  args: [script, path, String(threads), String(tokens)],
  stdin: "piped",
  stdout: "piped",
  stderr: "null",
}).spawn();
const lines = python.stdout.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream()).getReader();
const input = python.stdin.getWriter();
await lines.read();

const rates: Record<"exact" | "fast" | "llamaCpp", number[]> = {
  exact: [],
  fast: [],
  llamaCpp: [],
};
for (let i = -1; i < pairs; i++) {
  const from = (i + 1) * tokens;
  const chunk = ids.slice(from, from + tokens);
  const row = {
    exact: await ours(exact, chunk),
    llamaCpp: await theirs(chunk),
    fast: await ours(fast, chunk),
  };
  if (i < 0) continue; // both sides warm up
  for (const [side, rate] of Object.entries(row)) {
    rates[side as keyof typeof rates].push(rate);
  }
}
await input.close();
await exact[Symbol.asyncDispose]();
await fast[Symbol.asyncDispose]();

const against = (side: "exact" | "fast") =>
  median(rates[side].map((rate, i) => rate / rates.llamaCpp[i]!));
const result = {
  command: ["deno run -A bench/prefill_llama_cpp.ts", ...Deno.args].join(" "),
  machine: machine(),
  model: "SmolLM2-135M-Instruct, Q4_1",
  tokens,
  accuracy: {
    exact: "4-bit weights dequantised, fp32 products",
    fast: "activations quantised to int8 by blocks of 32",
    llamaCpp: "activations quantised to int8 by blocks of 32",
  },
  tokensPerSecond: rates,
  ratios: { exact: against("exact"), fast: against("fast") },
};
console.log(JSON.stringify(result, null, 1));
await writeResult(`prefill_llama_cpp_${tokens}`, result);

async function ours(
  model: typeof exact,
  chunk: Int32Array,
): Promise<number> {
  const start = performance.now();
  const [prefilled] = await model.prefill([{ ids: chunk }]);
  const seconds = (performance.now() - start) / 1000;
  prefilled!.cache.dispose?.();
  return tokens / seconds;
}

async function theirs(chunk: Int32Array): Promise<number> {
  const line = JSON.stringify([...chunk]) + "\n";
  await input.write(new TextEncoder().encode(line));
  return tokens / Number((await lines.read()).value);
}
