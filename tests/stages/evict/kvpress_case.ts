import { Arena } from "../../../kernels/cache/arena.ts";
import type { KvCache } from "../../../kernels/cache/kv_cache.ts";
import { evictEntries } from "../../../stages/evict/evict_entries.ts";
import {
  type Allocator,
  evictAttention,
  evictExpectedAttention,
  evictH2o,
  evictKeyDiff,
  evictKnorm,
  evictLagKv,
  evictorOf,
  type EvictorOptions,
  evictSnapKv,
  evictStreamingLlm,
  evictTova,
  evictValueNorm,
  type GivenNeeds,
} from "../../../stages/mod.ts";
import {
  type BudgetCase,
  kvpressTensor,
  manifest,
} from "../allocate/kvpress_table.ts";

/** Constructor arguments of presses, as the fixture writes them. */
export interface PressOptions extends Record<string, unknown> {
  readonly n_sink?: number;
  readonly lag_size?: number;
  readonly cross_scoring?: boolean;
  readonly window_size?: number;
  readonly kernel_size?: number;
  readonly n_future_positions?: number;
  readonly use_covariance?: boolean;
  readonly use_vnorm?: boolean;
  readonly epsilon?: number;
  readonly leverage_type?: string;
  readonly normalize_scores?: boolean;
  readonly chunk_length?: number;
  readonly similarity_threshold?: number;
  readonly merge_fraction?: number;
  readonly alpha_safeguard?: number;
  readonly beta?: number;
}

/** A case of the fixture, options and inner press included. */
export interface PressCase extends BudgetCase {
  readonly options: PressOptions;
  readonly inner?: Pick<PressCase, "press" | "options">;
}

/** Every case of a press. */
export function casesOf(press: string): PressCase[] {
  return (manifest.cases as readonly PressCase[]).filter((c) =>
    c.press === press
  );
}

/** Sizes of a family. */
export const sizes = manifest.families as unknown as Readonly<
  Record<
    string,
    {
      readonly heads: number;
      readonly kvHeads: number;
      readonly headDim: number;
      readonly entries: number;
    }
  >
>;

/** The rule here that a press is, with its options. */
const rules: Readonly<
  Record<string, (o: PressOptions) => [object, object]>
> = {
  KnormPress: () => [evictKnorm, {}],
  KeyDiffPress: () => [evictKeyDiff, {}],
  CURPress: () => [evictValueNorm, {}],
  StreamingLLMPress: ({ n_sink = 4 }) => [
    evictStreamingLlm,
    { protect: { sinks: n_sink } },
  ],
  LagKVPress: ({ n_sink, lag_size, cross_scoring }) => [
    evictLagKv,
    { sinks: n_sink, lag: lag_size, cross: cross_scoring },
  ],
  SnapKVPress: ({ window_size, kernel_size }) => [
    evictSnapKv,
    { window: window_size, pool: kernel_size },
  ],
  TOVAPress: () => [evictTova, {}],
  ObservedAttentionPress: () => [evictH2o, {}],
  FinchPress: () => [evictAttention, { pool: 1, reduce: "mean" }],
  ExpectedAttentionPress: (o) => [evictExpectedAttention, {
    future: o.n_future_positions,
    covariance: o.use_covariance,
    valueNorm: o.use_vnorm,
    epsilon: o.epsilon,
  }],
};

/** Rows of the fixture's attention, summed. */
async function summedRows(family: string, last: number) {
  const { heads, entries } = sizes[family]!;
  const attention = await kvpressTensor(family, "attention"); // [heads, rows, entries]
  const sums = new Float32Array(heads * entries); // [heads, entries]
  for (let head = 0; head < heads; head++) {
    for (let row = entries - last; row < entries; row++) {
      for (let i = 0; i < entries; i++) {
        sums[head * entries + i]! +=
          attention[(head * entries + row) * entries + i]!;
      }
    }
  }
  return sums;
}

async function given(
  family: string,
  press: string,
  options: PressOptions,
): Promise<GivenNeeds> {
  const { entries } = sizes[family]!;
  const { window_size = 64, n_future_positions: future = 512 } = options;
  switch (press) {
    case "SnapKVPress":
      return { recent: await summedRows(family, window_size) };
    case "TOVAPress":
      return { recent: await summedRows(family, 1) };
    case "ObservedAttentionPress":
      return { received: await summedRows(family, entries) };
    case "FinchPress":
      return { attention: await summedRows(family, window_size) };
    case "ExpectedAttentionPress":
      return {
        queries: {
          mean: await kvpressTensor(family, `query_mean/${future}`),
          covariance: await kvpressTensor(family, `query_covariance/${future}`),
        },
      };
    default:
      return {};
  }
}

/** The fixture's cache; every layer holds the same. */
export async function pressCache(
  family: string,
  layers: number,
): Promise<KvCache> {
  const { kvHeads, headDim, entries } = sizes[family]!;
  const layer = {
    entries,
    keys: await kvpressTensor(family, "keys"), // [kvHeads, entries, headDim]
    values: await kvpressTensor(family, "values"), // [kvHeads, entries, headDim]
    positions: Int32Array.from(
      { length: kvHeads * entries },
      (_, at) => at % entries,
    ), // [kvHeads, entries]
  };
  return {
    kvHeads,
    headDim,
    layers: Array.from({ length: layers }, () => layer),
    bytes: layers * kvHeads * entries * headDim * 8,
  };
}

/** What the rule that a press is keeps of the fixture's tensors. */
export async function evictAsPress(
  c: PressCase,
  budget: number,
  wrappers: object = {},
  allocator?: Allocator,
): Promise<KvCache> {
  const { press, options } = c.inner ?? c;
  const [stage, ours] = rules[press]!(options);
  const spec = evictorOf(stage)!;
  const written = Object.entries({ ...ours, ...wrappers })
    .filter(([, value]) => value !== undefined);
  const parsed = (stage as typeof evictKnorm).options.parse(
    Object.fromEntries(written),
  ) as EvictorOptions;
  const { layers = 1, family } = c;
  const needs = await given(family, press, options);
  return evictEntries(
    spec.score,
    {
      cache: await pressCache(family, layers),
      lead: 0,
      chunk: 0,
      given: Array.from({ length: layers }, () => needs),
    },
    parsed,
    { budget, arena: new Arena(), allocator },
  );
}
