// deno-lint-ignore-file no-console
/**
 * Perplexity of SmolLM2-135M-Instruct (Q4_1) on 20,000 tokens of Moby-Dick at each accuracy, beside llama.cpp's on the
 * same file (flash attention on) from tests/fixtures/goldens/smollm2.json: 20 windows of 1,000 tokens. Then `int8`
 * beside `exact` on the last 1,000 tokens of longer windows, up to the model's own 8,192, whose attention is 8 bits too.
 *
 *     deno run -A bench/cpu_perplexity.ts
 *
 * Writes bench/results/cpu_perplexity.json.
 *
 * @module
 */
import { book } from "../eval/tasks/haystack.ts";
import { type LanguageModel, loadModel } from "../mod.ts";
import golden from "../tests/fixtures/goldens/smollm2.json" with {
  type: "json",
};
import { smollm2 } from "../tests/model/smollm2.ts";
import { WINDOW, windows } from "../tests/model/smollm2_cases.ts";
import { windowLogProb } from "../tests/model/window_log_prob.ts";
import { machine, writeResult } from "./result.ts";

const path = await smollm2();
const perplexity = (sums: readonly number[]) =>
  Math.exp(
    -sums.reduce((a, b) => a + b, 0) / (sums.length * (WINDOW - 2)),
  );
/** Windows by their tokens, and how many of them. */
const LONG = { 2048: 4, 8192: 2 };
/** Tokens at the end of a long window that count. */
const SCORED = 1000;

async function longPerplexity(
  model: LanguageModel,
  tokens: number,
  count: number,
): Promise<number> {
  const ids = model.tokenizer.encode(book().slice(20_000));
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const window = ids.slice(i * tokens, (i + 1) * tokens); // [tokens]
    const [prefilled] = await model.prefill([{
      ids: window.slice(0, -SCORED),
      tail: window.slice(-SCORED),
    }]);
    prefilled!.cache.dispose?.();
    // The first of the tail is predicted by the row before it, which this form does not score.
    for (const p of prefilled!.question!.logProbs.subarray(1)) sum += p;
  }
  return Math.exp(-sum / (count * (SCORED - 1)));
}

const long: Record<string, Record<string, number>> = {};
const found: Record<string, number> = {};
for (const accuracy of ["exact", "int8", "fast"] as const) {
  await using model = await loadModel(path, { accuracy, provider: "cpu" });
  const sums: number[] = [];
  for (const ids of windows(model.tokenizer)) {
    sums.push(await windowLogProb(model, ids));
  }
  found[accuracy] = perplexity(sums);
  if (accuracy === "fast") continue;
  for (const [tokens, count] of Object.entries(LONG)) {
    const row = long[tokens] ??= {};
    row[accuracy] = await longPerplexity(model, Number(tokens), count);
  }
}
for (const row of Object.values(long)) {
  row.int8OverExact = row.int8! / row.exact!;
}
const llamaCpp = perplexity(golden.logProbs);
const ratios = {
  exactOverLlamaCpp: found.exact! / llamaCpp,
  int8OverExact: found.int8! / found.exact!,
  fastOverExact: found.fast! / found.exact!,
};
console.log({ llamaCpp, ...found, ...ratios, long });
await writeResult("cpu_perplexity", {
  command: "deno run -A bench/cpu_perplexity.ts",
  machine: machine(),
  model: "SmolLM2-135M-Instruct, Q4_1",
  tokens: 20_000,
  perplexity: { llamaCpp, ...found },
  ratios,
  longWindows: long,
});
