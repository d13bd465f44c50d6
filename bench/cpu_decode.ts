// deno-lint-ignore-file no-console
/**
 * Decoding of SmolLM2-135M-Instruct over merged entries against llama.cpp (the Q4_1 file and its Q4_0 requantisation,
 * flash attention on, fp16 cache), in turn: greedily, as an answer is, and one token a call, as penalties need it.
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

/** Seconds a token, median: greedily, and one token a call. */
interface Times {
  readonly greedy: number;
  readonly single: number;
}
type Side = (ids: Int32Array) => Promise<Times>;

/** Tokens that are asked for at once; an answer asks for as many as a tenth of a second gives. */
const BURST = 12;

async function ours(accuracy: Accuracy): Promise<Side> {
  const model = await loadModel(path, { threads, accuracy, provider });
  return async (ids) => {
    const [prefilled] = await model.prefill([{ ids }]);
    const { cache } = prefilled!;
    const greedy: number[] = [];
    const single: number[] = [];
    {
      await using decoder = await model.decode(cache, ids.length);
      let best = likeliest(await decoder.step(ids.slice(-1)));
      for (let i = 0; i < tokens; i += BURST) {
        const start = performance.now();
        best = (await decoder.greedy!(best, BURST)).at(-1)!;
        greedy.push((performance.now() - start) / 1000 / BURST);
      }
      for (let i = 0; i < tokens; i++) {
        const start = performance.now();
        best = likeliest(await decoder.step(Int32Array.of(best)));
        single.push((performance.now() - start) / 1000);
      }
    }
    cache.dispose?.();
    return { greedy: median(greedy), single: median(single) };
  };
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) {
    if (logits[i]! > logits[best]!) best = i;
  }
  return best;
}

async function theirs(file: string): Promise<Side> {
  const context = entries + tokens + 1;
  const script = "llama_cpp_anchor.py";
  const anchor = await Anchor.start(script, file, threads, context);
  return async (ids) => {
    const request = { do: "decode", ids: [...ids], tokens };
    const { seconds } = await anchor.ask<{ seconds: number[] }>(request);
    return { greedy: median(seconds), single: median(seconds) };
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

const none = () =>
  Object.fromEntries(
    names.map((name) => [name, []]),
  ) as unknown as Record<Name, number[]>;
const rates = { greedy: none(), single: none() };
for (let round = -1; round < rounds; round++) {
  const from = (round + 1) * entries;
  const context = ids.slice(from, from + entries);
  for (const name of names) {
    const seconds = await sides[name](context);
    if (round < 0) continue; // to warm up
    rates.greedy[name].push(1 / seconds.greedy);
    rates.single[name].push(1 / seconds.single);
  }
}
const over = (how: keyof typeof rates, a: Name, b: Name) =>
  median(rates[how][a].map((r, i) => r / rates[how][b][i]!));
const against = (how: keyof typeof rates) => ({
  exactOverLlamaCppQ41: over(how, "exact", "llamaCppQ41"),
  exactOverLlamaCppQ40: over(how, "exact", "llamaCppQ40"),
  fastOverLlamaCppQ41: over(how, "fast", "llamaCppQ41"),
  fastOverLlamaCppQ40: over(how, "fast", "llamaCppQ40"),
});
const ratios = { greedy: against("greedy"), single: against("single") };
for (const how of ["greedy", "single"] as const) {
  for (const name of names) {
    const rate = median(rates[how][name]).toFixed(1);
    console.log(`${how} ${name}: ${rate} tokens/s`);
  }
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
      "activations in int8 by blocks of 32, int8 cache with a scale a channel; int8 decodes so too",
    llamaCpp: "activations in int8 by blocks of 32, fp16 cache",
  },
  goal: 0.9,
  burst: BURST,
  tokensPerSecond: rates,
  ratios,
});
Deno.exit(0);
