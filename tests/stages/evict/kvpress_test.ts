import assert from "node:assert/strict";
import { lastValueFrom } from "rxjs";
import type { AnyStage } from "../../../core/stage.ts";
import {
  allocateAda,
  allocateLayers,
  allocatePyramid,
  type Allocator,
} from "../../../stages/mod.ts";
import { testContext } from "../stage_context.ts";
import { headEntries } from "../../../stages/cache/new_cache.ts";
import { keptPositions, kvpressTensor } from "../allocate/kvpress_table.ts";
import {
  casesOf,
  evictAsPress,
  type PressCase,
  sizes,
} from "./kvpress_case.ts";

/** Entries that a head keeps, where all keep as many. */
const budgetOf = ({ kept }: PressCase) => kept[0]![0]!.length;

const name = ({ family, press, options, inner, ratio }: PressCase) =>
  [family, press, JSON.stringify(options), JSON.stringify(inner), ratio].join();

const alike: Readonly<Record<string, (c: PressCase) => boolean>> = {
  KnormPress: () => true,
  KeyDiffPress: () => true,
  CURPress: ({ options }) => options.leverage_type === "value",
  StreamingLLMPress: () => true,
  LagKVPress: () => true,
  SnapKVPress: () => true,
  TOVAPress: () => true,
  ObservedAttentionPress: () => true,
  ExpectedAttentionPress: () => true,
};

for (const [press, counts] of Object.entries(alike)) {
  Deno.test(`the rule that is ${press} keeps what kvpress keeps`, async () => {
    const cases = casesOf(press).filter(counts);
    assert(cases.length >= 12);
    for (const c of cases) {
      const kept = await evictAsPress(c, budgetOf(c));
      assert.deepEqual(keptPositions(kept), c.kept, name(c));
    }
  });
}

Deno.test("evict.attention, mean and without pool, keeps what FINCH keeps beside its window", async () => {
  const cases = casesOf("FinchPress").filter(({ options }) =>
    !options.normalize_scores && !options.chunk_length
  );
  assert.equal(cases.length, 9);
  for (const c of cases) {
    const recent = c.options.window_size; // the question's own entries, which are in no chunk
    const wrappers = { protect: { recent } };
    const kept = await evictAsPress(c, budgetOf(c), wrappers);
    assert.deepEqual(keptPositions(kept), c.kept, name(c));
  }
});

Deno.test("spans of tokens shared by a layer keep what ChunkKV keeps", async () => {
  const cases = casesOf("ChunkKVPress");
  assert(cases.length >= 24);
  for (const c of cases) {
    const kept = await evictAsPress(c, budgetOf(c), {
      share: "layer",
      spans: { tokens: c.options.chunk_length },
    });
    assert.deepEqual(keptPositions(kept), c.kept, name(c));
  }
});

Deno.test("merge of values gives what MergingPress gives", async () => {
  const cases = casesOf("MergingPress");
  assert(cases.length >= 12);
  for (const c of cases) {
    const {
      similarity_threshold: threshold = 0,
      merge_fraction: fraction = 1,
    } = c.options;
    const merge = { what: "values", threshold, fraction };
    const merged = await evictAsPress(c, budgetOf(c), { merge });
    assert.deepEqual(keptPositions(merged), c.kept, name(c));
    const option = {
      similarity_threshold: threshold,
      merge_fraction: fraction,
    };
    const written = Object.entries(option)
      .filter(([key]) => key in c.options).map(([k, v]) => `${k}=${v},`);
    const expected = await kvpressTensor(
      c.family,
      `merged/MergingPress(${written.join("")}KnormPress)@${c.ratio}`,
    ); // [kvHeads, kept, headDim]
    const { values } = merged.layers[0]!;
    assert.equal(values.length, expected.length);
    const worst = values.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - expected[at]!)),
      0,
    );
    assert(worst < 1e-5, `${name(c)}: values differ by ${worst}`);
    const plain = await evictAsPress(c, budgetOf(c));
    assert.deepEqual(merged.layers[0]!.keys, plain.layers[0]!.keys);
    assert.notDeepEqual(values, plain.layers[0]!.values);
    assert.equal(headEntries(merged.layers[0]!, 0), budgetOf(c));
  }
});

function allocator(stage: AnyStage, options: object): Promise<Allocator> {
  const parsed = stage.options.parse(options);
  const { allocator } = stage.run({}, parsed, testContext());
  return lastValueFrom(allocator!) as Promise<Allocator>;
}

/** What an allocator shares out among heads and layers. */
const meanBudget = ({ family, ratio }: PressCase) =>
  sizes[family]!.entries * (1 - ratio!);

Deno.test("rules with allocate.ada keep what AdaKV keeps", async () => {
  const cases = casesOf("AdaKVPress");
  assert(cases.length >= 20);
  for (const c of cases) {
    const alpha = c.options.alpha_safeguard;
    const rule = await allocator(allocateAda, { alpha });
    const kept = await evictAsPress(c, meanBudget(c), {}, rule);
    assert.deepEqual(keptPositions(kept), c.kept, name(c));
  }
});

Deno.test("evict.snapkv with allocate.pyramid keeps what PyramidKV keeps", async () => {
  const cases = casesOf("PyramidKVPress");
  assert(cases.length >= 6);
  for (const c of cases) {
    const { window_size: window, beta } = c.options;
    const rule = await allocator(allocatePyramid, { window, beta });
    const inner = { press: "SnapKVPress", options: c.options };
    const kept = await evictAsPress({ ...c, inner }, meanBudget(c), {}, rule);
    assert.deepEqual(keptPositions(kept), c.kept, name(c));
  }
});

Deno.test("evict.knorm with allocate.layers keeps what a list of ratios keeps", async () => {
  const cases = casesOf("PerLayerCompressionPress");
  assert(cases.length >= 3);
  for (const c of cases) {
    const entries = c.counts.map((heads) => heads[0]!);
    const rule = await allocator(allocateLayers, { table: { entries } });
    const kept = await evictAsPress(c, 48, {}, rule);
    assert.deepEqual(keptPositions(kept), c.kept, name(c));
  }
});
