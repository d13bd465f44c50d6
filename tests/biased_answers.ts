import type { KvCache } from "../kernels/cache/kv_cache.ts";
import type { DecodeState } from "../kernels/language_model.ts";
import { noise, seeded } from "../kernels/model/random_model.ts";
import type { OnnxModel } from "../kernels/model/onnx_model.ts";

/** Biases of a layer, [kvHeads, entries], as calibrators give them. */
export const biases: Readonly<
  Record<
    string,
    (layer: number, kvHeads: number, entries: number) => Float32Array
  >
> = {
  "of each chunk": (_, kvHeads, entries) => {
    const chunks = [0, -1.3, -2.8, 0.4];
    const size = Math.ceil(entries / chunks.length);
    return Float32Array.from(
      { length: kvHeads * entries },
      (_, i) => chunks[Math.floor(i % entries / size)]!,
    );
  },
  "of each head": (layer, kvHeads, entries) =>
    Float32Array.from({ length: kvHeads * entries }, (_, i) => {
      const head = Math.floor(i / entries);
      return i % entries < entries / 3 ? head * 1.5 - layer : layer / 2 - 1;
    }),
  "of each entry": (layer, kvHeads, entries) =>
    noise(kvHeads * entries, layer + 5, 4),
};

/** The cache with other biases, or with none. */
export function withBias(
  cache: KvCache,
  bias: typeof biases[string] | undefined,
): KvCache {
  return {
    ...cache,
    layers: cache.layers.map(({ bias: _, ...layer }, l) => ({
      ...layer,
      ...(bias && { bias: bias(l, cache.kvHeads, layer.entries) }),
    })),
  };
}

/** What is decoded over a cache with a bias. */
export interface BiasedAnswer {
  readonly decoder: DecodeState;
  /** Of the question's last row, and of the rows that were given one by one. */
  readonly logits: readonly Float32Array[];
  /** What follows greedily. */
  readonly tokens: readonly number[];
}

/** How {@linkcode biasedAnswer} decodes. */
export interface BiasedDecoding {
  readonly entries: number;
  readonly bias?: typeof biases[string] | undefined;
  /** Tokens that follow greedily, default 32, asked for so many times. */
  readonly tokens?: number;
  readonly bursts?: number;
  /** Whether by the session that takes a token a call; default: as the model does by itself. */
  readonly single?: boolean;
  /** Where the cache is before; default: where it was computed. */
  readonly move?: (cache: KvCache) => Promise<KvCache>;
}

/** A question of 20 rows over a chunk with a bias, 4 rows that are given, and what follows greedily. */
export async function biasedAnswer(
  model: OnnxModel,
  decoding: BiasedDecoding,
): Promise<BiasedAnswer> {
  const { entries, bias, tokens: count = 32, bursts = 3, single } = decoding;
  const next = seeded(3);
  const ids = Int32Array.from(
    { length: entries + 24 },
    () => 2 + next() * (model.config.vocab - 2),
  );
  const [prefilled] = await model.prefill([{ ids: ids.slice(0, entries) }]);
  const cache = withBias(prefilled!.cache, bias);
  const there = await decoding.move?.(cache) ?? cache;
  // With a limit, if only of so many, an answer is decoded by the session that takes a token a call.
  const limit = { most: 1 << 20, evict: "oldest" } as const;
  await using decoder: DecodeState = single
    ? await model.decode(there, entries, limit)
    : await model.decode(there, entries);
  const logits = [await decoder.step(ids.slice(entries, entries + 20))];
  for (let i = entries + 20; i < ids.length; i++) {
    logits.push(await decoder.step(ids.slice(i, i + 1)));
  }
  const best = (of: Float32Array) =>
    of.reduce((at, v, i) => v > of[at]! ? i : at, 0);
  const tokens = [best(logits.at(-1)!)];
  while (tokens.length < count) {
    const size = Math.ceil(count / bursts);
    tokens.push(
      ...decoder.greedy
        ? await decoder.greedy(tokens.at(-1)!, size)
        : [best(await decoder.step(Int32Array.of(tokens.at(-1)!)))],
    );
  }
  return { decoder, logits, tokens: tokens.slice(0, count) };
}
