// deno-lint-ignore-file no-console
/**
 * What a cache in 8 bits changes while SmolLM2-135M-Instruct decodes: the text behind 2,048 entries is given token by
 * token to decoders with fp32 and 8-bit caches, and what they say of the next token is compared.
 *
 *     deno run -A bench/decode_cache_bits.ts [contexts = 4] [tokens = 128]
 *
 * Writes bench/results/decode_cache_bits.json.
 *
 * @module
 */
import { type Accuracy, loadModel } from "../mod.ts";
import { smollm2 } from "../tests/model/smollm2.ts";
import { book } from "../eval/tasks/haystack.ts";
import { machine, writeResult } from "./result.ts";

const [contexts = 4, tokens = 128] = Deno.args.map(Number);
const entries = 2048;
const path = await smollm2();

/** log P of every token of the vocabulary behind each of the text's. */
async function logProbs(accuracy: Accuracy, floats: boolean) {
  await using model = await loadModel(path, { accuracy, provider: "cpu" });
  const ids = model.tokenizer.encode(book());
  const rows: Float64Array[] = []; // contexts · tokens × [vocab]
  const targets: number[] = [];
  for (let c = 0; c < contexts; c++) {
    const from = (c + 1) * 5000;
    const context = ids.slice(from, from + entries);
    const [prefilled] = await model.prefill([{ ids: context }]);
    const { cache } = prefilled!;
    // A tail that is limited, if only to so many entries, is decoded over the cache as it is.
    const limit = { most: 1 << 20, evict: "oldest" } as const;
    await using decoder = floats
      ? await model.decode(cache, entries, limit)
      : await model.decode(cache, entries);
    for (let i = 0; i < tokens; i++) {
      const at = from + entries + i;
      rows.push(softmaxLog(await decoder.step(ids.slice(at, at + 1))));
      targets.push(ids[at + 1]!);
    }
    cache.dispose?.();
  }
  return { rows, targets };
}
type Said = Awaited<ReturnType<typeof logProbs>>;

function softmaxLog(logits: Float32Array): Float64Array {
  const most = logits.reduce((a, b) => Math.max(a, b));
  const sum = logits.reduce((sum, x) => sum + Math.exp(x - most), 0);
  return Float64Array.from(logits, (x) => x - most - Math.log(sum));
}

function perplexity({ rows, targets }: Said): number {
  const sum = rows.reduce((sum, row, i) => sum - row[targets[i]!]!, 0);
  return Math.exp(sum / rows.length);
}

const best = (row: Float64Array) =>
  row.reduce((at, v, i) => v > row[at]! ? i : at, 0);

/** How far the second is from the first. */
function apart(p: Said, q: Said) {
  const kl = p.rows.map((row, i) =>
    row.reduce((sum, l, j) => sum + Math.exp(l) * (l - q.rows[i]![j]!), 0)
  );
  const same = p.rows.filter((row, i) => best(row) === best(q.rows[i]!));
  return {
    meanKl: kl.reduce((a, b) => a + b, 0) / kl.length,
    largestKl: Math.max(...kl),
    sameBest: same.length / kl.length,
  };
}

const exact = await logProbs("exact", true);
const exactSteps = await logProbs("exact", false);
const fast = await logProbs("fast", true);
const rounded = await logProbs("fast", false);
const result = {
  command: ["deno run -A bench/decode_cache_bits.ts", ...Deno.args].join(" "),
  machine: machine(),
  model: "SmolLM2-135M-Instruct, Q4_1",
  entries,
  tokens: exact.rows.length,
  perplexity: {
    exact: perplexity(exact),
    exactSteps: perplexity(exactSteps),
    fastWithFp32Cache: perplexity(fast),
    fastWithInt8Cache: perplexity(rounded),
  },
  apart: {
    exactStepsFromExact: apart(exact, exactSteps),
    fastFromExact: apart(exact, fast),
    int8CacheFromFp32CacheInFast: apart(fast, rounded),
    fastWithInt8CacheFromExact: apart(exact, rounded),
  },
};
console.log(result.perplexity, result.apart);
await writeResult("decode_cache_bits", result);
