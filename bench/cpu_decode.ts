// deno-lint-ignore-file no-console
/**
 * Decoding of SmolLM2-135M-Instruct over merged entries against llama.cpp (the Q4_1 file and its Q4_0 requantisation,
 * flash attention on, fp16 cache), token by token in turn.
 *
 *     deno run -A bench/cpu_decode.ts [entries = 2048] [tokens = 48] [rounds = 5]
 *
 * Needs `pip install llama-cpp-python==0.3.36`. Writes bench/results/cpu_decode_<entries>.json.
 *
 * @module
 */
import { type Accuracy, loadModel } from "../mod.ts";
import { smollm2 } from "../tests/model/smollm2.ts";
import { Anchor } from "./anchor.ts";
import { book } from "../eval/tasks/haystack.ts";
import { machine, median, writeResult } from "./result.ts";
import { smollm2Q40 } from "./smollm2_q4_0.ts";

const [entries = 2048, tokens = 48, rounds = 5] = Deno.args.map(Number);
const threads = navigator.hardwareConcurrency;
const path = await smollm2();
const provider = "cpu";

type Side = (ids: Int32Array) => Promise<number>; // seconds a token, median

async function ours(accuracy: Accuracy): Promise<Side> {
  const model = await loadModel(path, { threads, accuracy, provider });
  return async (ids) => {
    const [prefilled] = await model.prefill([{ ids }]);
    const { cache } = prefilled!;
    const seconds: number[] = [];
    {
      await using decoder = await model.decode(cache, ids.length);
      let next = ids.slice(-1);
      for (let i = 0; i < tokens; i++) {
        const start = performance.now();
        const logits = await decoder.step(next); // [vocab]
        let best = 0;
        for (let j = 1; j < logits.length; j++) {
          if (logits[j]! > logits[best]!) best = j;
        }
        seconds.push((performance.now() - start) / 1000);
        next = Int32Array.of(best);
      }
    }
    cache.dispose?.();
    return median(seconds);
  };
}

async function theirs(file: string): Promise<Side> {
  const context = entries + tokens + 1;
  const script = "llama_cpp_anchor.py";
  const anchor = await Anchor.start(script, file, threads, context);
  return async (ids) => {
    const request = { do: "decode", ids: [...ids], tokens };
    return median((await anchor.ask<{ seconds: number[] }>(request)).seconds);
  };
}

const sides = {
  exact: await ours("exact"),
  fast: await ours("fast"),
  llamaCppQ41: await theirs(path),
  llamaCppQ40: await theirs(await smollm2Q40()),
};
type Name = keyof typeof sides;
const names = Object.keys(sides) as Name[];
const model = await loadModel(path, { provider });
const ids = model.tokenizer.encode(book());
await model[Symbol.asyncDispose]();

const rates = Object.fromEntries(
  names.map((name) => [name, []]),
) as unknown as Record<Name, number[]>;
for (let round = -1; round < rounds; round++) {
  const from = (round + 1) * entries;
  const context = ids.slice(from, from + entries);
  for (const name of names) {
    const seconds = await sides[name](context);
    if (round >= 0) rates[name].push(1 / seconds); // the first is to warm up
  }
}
const over = (a: Name, b: Name) =>
  median(rates[a].map((r, i) => r / rates[b][i]!));
const ratios = {
  exactOverLlamaCppQ41: over("exact", "llamaCppQ41"),
  exactOverLlamaCppQ40: over("exact", "llamaCppQ40"),
  fastOverLlamaCppQ41: over("fast", "llamaCppQ41"),
  fastOverLlamaCppQ40: over("fast", "llamaCppQ40"),
};
for (const name of names) {
  console.log(`${name}: ${median(rates[name]).toFixed(1)} tokens/s`);
}
console.log(ratios);
await writeResult(`cpu_decode_${entries}`, {
  command: ["deno run -A bench/cpu_decode.ts", ...Deno.args].join(" "),
  machine: machine(),
  model: "SmolLM2-135M-Instruct, Q4_1",
  entries,
  accuracy: {
    exact: "fp32 products and cache",
    fast:
      "activations in int8 by blocks of 32, fp32 cache; int8 decodes so too",
    llamaCpp: "activations in int8 by blocks of 32, fp16 cache",
  },
  goal: 0.9,
  tokensPerSecond: rates,
  ratios,
});
Deno.exit(0);
