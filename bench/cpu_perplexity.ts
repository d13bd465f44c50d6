// deno-lint-ignore-file no-console
/**
 * Perplexity of SmolLM2-135M-Instruct (Q4_1) on 20,000 tokens of Moby-Dick at each accuracy, beside llama.cpp's on the
 * same file (flash attention on) from tests/fixtures/goldens/smollm2.json: 20 windows of 1,000 tokens.
 *
 *     deno run -A bench/cpu_perplexity.ts
 *
 * Writes bench/results/cpu_perplexity.json.
 *
 * @module
 */
import { loadModel } from "../mod.ts";
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
const found: Record<string, number> = {};
for (const accuracy of ["exact", "int8", "fast"] as const) {
  await using model = await loadModel(path, { accuracy, provider: "cpu" });
  const sums: number[] = [];
  for (const ids of windows(model.tokenizer)) {
    sums.push(await windowLogProb(model, ids));
  }
  found[accuracy] = perplexity(sums);
}
const llamaCpp = perplexity(golden.logProbs);
const ratios = {
  exactOverLlamaCpp: found.exact! / llamaCpp,
  int8OverExact: found.int8! / found.exact!,
  fastOverExact: found.fast! / found.exact!,
};
console.log({ llamaCpp, ...found, ...ratios });
await writeResult("cpu_perplexity", {
  command: "deno run -A bench/cpu_perplexity.ts",
  machine: machine(),
  model: "SmolLM2-135M-Instruct, Q4_1",
  tokens: 20_000,
  perplexity: { llamaCpp, ...found },
  ratios,
});
