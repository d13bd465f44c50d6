// deno-lint-ignore-file no-console
/**
 * What CUDA gives, on random weights of published shapes, beside torch.compile with flash attention on the same card,
 * in turns: prefill with the eviction fused, the time to the first token of an answer over a long context, and decoding.
 *
 *     deno run -A bench/gpu/main.ts SHAPE [chunks=16] [rows=8192] [batch=4] [bits=16] [keep=512] [repetitions=3] [share=layer] [torch=yes] [bias=no]
 *
 * With bias=yes the merged cache has a bias for each chunk, as from `calibrate.score`: decoding reads larger heads then,
 * and what it is set beside is still the time that the cache's own numbers take.
 *
 * Writes bench/results/gpu_SHAPE.json; the memory of the card is asked of nvidia-smi, for all that runs there: with
 * torch=no it is set beside what `plan` predicts, whose parts are in the result.
 *
 * @module
 */
import {
  cardCall,
  type KvCache,
  type LanguageModel,
  predictCardMemory,
  type RunNumbers,
  totalBytes,
} from "../../mod.ts";
import { median, writeResult } from "../result.ts";
import { CardMemory } from "./card_memory.ts";
import { QuestionRun } from "./question_run.ts";
import {
  randomShape,
  shapeCardWeights,
  type ShapeName,
  shapes,
} from "./random_shape.ts";
import { TorchAnchor } from "./torch_anchor.ts";

const [shape = "135m", ...rest] = Deno.args;
const given = new Map(rest.map((part) => part.split("=") as [string, string]));
const number = (name: string, otherwise: number) =>
  Number(given.get(name) ?? otherwise);
const chunks = number("chunks", 16);
const rows = number("rows", 8192);
const batch = number("batch", 4);
const bits = number("bits", 16) as 4 | 16;
const repetitions = number("repetitions", 3);
const share = (given.get("share") ?? "layer") as "none" | "layer" | "model";
const provider = (given.get("provider") ?? "cuda") as "cuda" | "cpu";
const keepEntries = given.get("keep") === "all"
  ? Infinity
  : number("keep", 512);
const answer = number("answer", 256);
const biased = given.get("bias") === "yes";

/** Bytes a second of an H200's memory, by its datasheet. */
const BANDWIDTH = 4.8e12;

await using torch = given.get("torch") === "no" ? undefined : new TorchAnchor();
using card = await CardMemory.watch();
const opened = performance.now();
await using model = await randomShape(shape as ShapeName, {
  window: rows,
  bits,
  provider,
  workers: number("workers", 1),
  resident: given.get("resident") !== "no",
});
let prefilled = 0; // when the last chunk was
const timed: LanguageModel = new Proxy(model, {
  get(target, name) {
    const value = Reflect.get(target, name, target);
    if (typeof value !== "function") return value;
    if (name !== "prefillEvicted" && name !== "prefill") {
      return value.bind(target);
    }
    return async (...args: unknown[]) => {
      const done = await value.apply(target, args);
      prefilled = performance.now();
      return done;
    };
  },
});
const run = new QuestionRun(timed, { chunks, rows, batch, keepEntries, share });
const tokens = chunks * rows;
const ours: {
  prefilled: number;
  merged: number;
  first: number;
  perToken: number;
}[] = [];
const theirs: { chunks: number; full: number }[] = [];
let answered: number[] = [];

for (let i = 0; i <= repetitions; i++) {
  const asked = await ask();
  if (i === 0) {
    console.error(
      `first run after ${((performance.now() - opened) / 1000).toFixed(1)} s`,
    );
  } else ours.push(asked);
  if (!torch || i === 0) continue;
  const some = Math.min(batch, chunks);
  const part = await torch.prefill(shape, some, rows);
  const full = given.get("full") === "no"
    ? undefined
    : await torch.prefill(shape, 1, tokens);
  theirs.push({
    chunks: part.seconds * chunks / some,
    full: full?.seconds ?? NaN,
  });
}

const of = (name: keyof typeof ours[number]) =>
  median(ours.map((o) => o[name]));
const other = (name: "chunks" | "full") =>
  theirs.length ? median(theirs.map((t) => t[name])) : NaN;
const { layers, hidden, ffn, heads, kvHeads, headDim, vocab } =
  shapes[shape as ShapeName];
const inLayers = layers *
  (hidden * headDim * (2 * heads + 2 * kvHeads) + 3 * hidden * ffn);
const weightBytes = inLayers * (bits === 4 ? 0.5 + 2 / 32 : 2) +
  hidden * vocab * 2;
const { lead, tail } = await run.prompt();
const kept = Math.min(keepEntries, rows - tail.length);
const cacheBytes = chunks * kept * layers * 2 * kvHeads * headDim * 2;
const limit = (weightBytes + cacheBytes) / BANDWIDTH;
const numbers: RunNumbers = {
  workers: 1,
  batch,
  accuracy: "half",
  documentTokens: tokens,
  chunks,
  chunkEntries: rows - tail.length,
  questionRows: tail.length,
  ...(keepEntries < Infinity && {
    heldEntries: kept,
    ...(share !== "model" && { heldLayers: 1 }),
  }),
  keptChunks: chunks,
  keptEntries: kept,
  biased,
  storedBytes: 0,
};
const onCard = shapeCardWeights(shape as ShapeName, bits);
const terms = predictCardMemory(model.config, onCard, numbers);
const cardMemory = {
  predictedBytes: totalBytes(terms),
  // torch's memory would be counted with ours.
  ...(!torch && card.peak > 0 && {
    measuredBytes: card.peak,
    ratio: totalBytes(terms) / card.peak,
  }),
  terms: Object.fromEntries(terms.map(({ name, bytes }) => [name, bytes])),
  call: cardCall(model.config, numbers),
  weights: onCard,
  numbers: { ...numbers, lead: lead.length },
};
const result = {
  command: ["deno run -A bench/gpu/main.ts", ...Deno.args].join(" "),
  settings: {
    shape,
    chunks,
    rows,
    batch,
    bits,
    share,
    keepEntries: kept,
    biased,
  },
  card: card.name,
  prefill: {
    seconds: of("prefilled"),
    tokensPerSecond: tokens / of("prefilled"),
    torchTokensPerSecond: tokens / other("chunks"),
    ratio: other("chunks") / of("prefilled"),
    mergedSeconds: of("merged"),
    mergedRatio: other("chunks") / of("merged"),
  },
  firstToken: {
    seconds: of("first"),
    torchFullAttentionSeconds: other("full"),
    timesSooner: other("full") / of("first"),
  },
  decode: {
    mergedEntries: chunks * kept,
    secondsPerToken: of("perToken"),
    tokensPerSecond: 1 / of("perToken"),
    bandwidthLimitSeconds: limit,
    shareOfLimit: limit / of("perToken"),
    tokens: answered.slice(0, 8),
  },
  peakCardBytes: card.peak,
  cardMemory,
  all: { ours, theirs },
};
console.log(JSON.stringify(result, null, 1));
const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
console.error(
  `card memory: predicted ${gigabytes(cardMemory.predictedBytes)}, measured ${
    cardMemory.ratio === undefined
      ? "with torch=no"
      : `${gigabytes(card.peak)}, ratio ${cardMemory.ratio.toFixed(3)}`
  }`,
);
const name = `gpu_${shape}${biased ? "_biased" : ""}`;
await writeResult(given.get("name") ?? name, result);

/** The cache with another bias for every chunk. */
function weighed(cache: KvCache): KvCache {
  const weights = [0, -1.3, -2.8];
  return {
    ...cache,
    layers: cache.layers.map((layer) => ({
      ...layer,
      bias: Float32Array.from(
        layer.chunks!,
        (chunk) => weights[chunk % weights.length]!,
      ), // [kvHeads, entries]
    })),
  };
}

/** Seconds to the merged context, to the first token, and of every further one. */
async function ask() {
  const parts = await run.chunks();
  const { tail } = await run.prompt();
  const start = performance.now();
  const context = await run.merged(parts);
  const merged = performance.now() - start;
  try {
    const cache = biased ? weighed(context.cache) : context.cache;
    await using state = await model.decode(cache, context.position);
    const logits = await state.step(tail);
    const first = performance.now() - start;
    const best = logits.reduce((at, v, i) => v > logits[at]! ? i : at, 0);
    answered = [best];
    const decoding = performance.now();
    while (answered.length < answer) {
      if (state.greedy) {
        answered.push(...await state.greedy(answered.at(-1)!, 64));
        continue;
      }
      const next = await state.step(Int32Array.of(answered.at(-1)!));
      answered.push(next.reduce((at, v, i) => v > next[at]! ? i : at, 0));
    }
    const perToken = (performance.now() - decoding) / (answered.length - 1);
    return {
      prefilled: (prefilled - start) / 1000,
      merged: merged / 1000,
      first: first / 1000,
      perToken: perToken / 1000,
    };
  } finally {
    context.release();
  }
}
