// deno-lint-ignore-file no-console
/**
 * Prefill of SmolLM2-135M-Instruct by the number of chunks a call, beside llama.cpp with one (Q4_0, the file it is
 * fastest with) and the processor's limit, sides in turn, models warm.
 *
 *     deno run -A bench/cpu_batches.ts [length = 1024] [rounds = 5]
 *
 * Needs `pip install llama-cpp-python==0.3.36`. Writes bench/results/cpu_batches.json.
 *
 * @module
 */
import { loadModel } from "../mod.ts";
import { smollm2 } from "../tests/model/smollm2.ts";
import { Anchor } from "./anchor.ts";
import { book } from "../eval/tasks/haystack.ts";
import { physicalLimits } from "./physical_limits.ts";
import { machine, median, writeResult } from "./result.ts";
import { smollm2Q40 } from "./smollm2_q4_0.ts";

const [length = 1024, rounds = 5] = Deno.args.map(Number);
const sizes = [1, 2, 4];
const threads = navigator.hardwareConcurrency;
const model = await loadModel(await smollm2(), { provider: "cpu" });
const ids = model.tokenizer.encode(book());
const script = "llama_cpp_anchor.py";
const anchor = await Anchor.start(script, await smollm2Q40(), threads, length);

const ours: Record<string, number[]> = Object.fromEntries(
  sizes.map((size) => [size, []]),
);
const llamaCppQ40: number[] = [];
const limits: { flopsPerSecond: number; bytesPerSecond: number }[] = [];
for (let round = -1; round < rounds; round++) { // the first is to warm up
  const limit = await physicalLimits(threads, 3);
  const rates = new Map<number, number>();
  for (const size of sizes) {
    const items = Array.from({ length: size }, (_, b) => ({
      ids: ids.slice(b * length, (b + 1) * length),
    }));
    const start = performance.now();
    const all = await model.prefill(items);
    const seconds = (performance.now() - start) / 1000;
    for (const { cache } of all) cache.dispose?.();
    rates.set(size, size * length / seconds);
  }
  const { seconds } = await anchor.ask<{ seconds: number }>(
    { do: "prefill", ids: [...ids.slice(0, length)] },
  );
  if (round < 0) continue;
  for (const [size, rate] of rates) ours[size]!.push(rate);
  llamaCppQ40.push(length / seconds);
  limits.push(limit);
}
await anchor[Symbol.asyncDispose]();

/** The best that the processor did in any round: what less is measured in a round is noise. */
const flopsPerSecond = Math.max(...limits.map((l) => l.flopsPerSecond));
const bytesPerSecond = Math.max(...limits.map((l) => l.bytesPerSecond));
const result = {
  command: ["deno run -A bench/cpu_batches.ts", ...Deno.args].join(" "),
  machine: machine(),
  model: "SmolLM2-135M-Instruct, Q4_1; llama.cpp: requantised to Q4_0",
  accuracy: "exact",
  length,
  limits: { flopsPerSecond, bytesPerSecond },
  tokensPerSecondByBatch: ours,
  llamaCppQ40,
  shareOfLimit: Object.fromEntries(
    Object.entries(ours).map(([size, rates]) => [
      size,
      median(rates) / length * operations() / flopsPerSecond,
    ]),
  ),
};
console.log(JSON.stringify(result, null, 1));
await writeResult("cpu_batches", result);
await model[Symbol.asyncDispose]();

/** Operations of a chunk's prefill: products with the weights, and causal attention; of the last layer keys and values. */
function operations(): number {
  const { layers, hidden, ffn, heads, kvHeads, headDim } = model.config;
  const keysAndValues = hidden * headDim * 2 * kvHeads;
  const others = hidden * headDim * 2 * heads + 3 * hidden * ffn;
  const attention = 2 * heads * headDim * length;
  return length *
    (2 * layers * keysAndValues + (layers - 1) * (2 * others + attention));
}
