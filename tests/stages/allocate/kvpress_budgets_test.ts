import assert from "node:assert/strict";
import { lastValueFrom } from "rxjs";
import { Arena } from "../../../kernels/cache/arena.ts";
import type { Allocator, AllocatorInput } from "../../../stages/mod.ts";
import {
  allocateAda,
  allocateHeads,
  allocateLayers,
  allocatePyramid,
} from "../../../stages/mod.ts";
import type { AnyStage } from "../../../core/stage.ts";
import { evictEntries } from "../../../stages/evict/evict_entries.ts";
import { EvictorOptions } from "../../../stages/evict/evictor_options.ts";
import { testContext } from "../stage_context.ts";
import {
  type BudgetCase,
  keptPositions,
  kvpressTensor,
  manifest,
  numberedCache,
} from "./kvpress_table.ts";

function allocator(stage: AnyStage, options: unknown): Promise<Allocator> {
  const { allocator } = stage.run(
    {},
    stage.options.parse(options),
    testContext(),
  );
  return lastValueFrom(allocator!) as Promise<Allocator>;
}

const casesOf = (press: string) => {
  const found = manifest.cases.filter((c) => c.press === press);
  assert(found.length > 2);
  return found;
};

/** What stays when the fixture's scores meet an allocator. */
async function kept(
  { family, scores, layers = 1 }: BudgetCase,
  budget: number,
  allocator: Allocator,
  protect = { sinks: 0, recent: 0 },
): Promise<number[][][]> {
  const { kvHeads, entries } = manifest.families[family]!;
  const given = scores
    ? await kvpressTensor(family, scores)
    : new Float32Array(kvHeads * entries);
  const options = EvictorOptions.parse({ protect });
  const evicted = evictEntries(
    (_input, out) => out.set(given),
    { cache: numberedCache(layers, kvHeads, entries), lead: 0, chunk: 0 },
    options,
    { budget, arena: new Arena(), allocator },
  );
  return keptPositions(evicted);
}

Deno.test("row 24: allocate.pyramid keeps what kvpress' PyramidKVPress keeps", async () => {
  for (const c of casesOf("PyramidKVPress")) {
    const { window_size: window, beta } = c.options;
    const rule = await allocator(allocatePyramid, { window, beta });
    const budget = manifest.families[c.family]!.entries * (1 - c.ratio!);
    assert.deepEqual(await kept(c, budget, rule), c.kept);
  }
});

Deno.test("row 24: allocate.pyramid gives kvpress' budgets for many lengths, ratios and depths", async () => {
  let exact = 0;
  for (const row of manifest.pyramid) {
    const { entries, ratio, window_size: window, beta, budgets } = row;
    if (budgets.length === 1) continue; // kvpress gives the only layer more than the budget
    const rule = await allocator(allocatePyramid, { window, beta });
    const budget = entries * (1 - ratio);
    const input: AllocatorInput = {
      scores: budgets.map(() => new Float32Array(entries)),
      kvHeads: 1,
      entries: budgets.map(() => entries),
      budget,
    };
    const ours = [...rule(input)];
    if (Number.isInteger(budget)) {
      exact++;
      assert.equal(ours.reduce((a, b) => a + b), budget * budgets.length);
    }
    // Python rounds halves to even; ours keeps the sum. Nothing else differs.
    for (const [l, n] of ours.entries()) {
      assert(Math.abs(n - budgets[l]!) <= 1, JSON.stringify(row));
    }
    const sum = budgets.reduce((a, b) => a + b);
    const total = budget * budgets.length;
    if (Math.abs(sum - total) < 1e-6) assert.deepEqual(ours, budgets);
  }
  assert(exact > 5);
});

Deno.test("allocate.ada keeps what kvpress' AdaKVPress keeps", async () => {
  for (const c of casesOf("AdaKVPress")) {
    const rule = await allocator(allocateAda, {
      alpha: c.options.alpha_safeguard,
    });
    const { entries } = manifest.families[c.family]!;
    const stays = await kept(c, entries * (1 - c.ratio!), rule);
    assert.deepEqual(stays, c.kept, JSON.stringify([c.inner, c.options]));
  }
});

Deno.test("allocate.layers keeps what kvpress' PerLayerCompressionPress keeps", async () => {
  for (const c of casesOf("PerLayerCompressionPress")) {
    const entries = c.counts.map((heads) => heads[0]!);
    const rule = await allocator(allocateLayers, { table: { entries } });
    assert.deepEqual(await kept(c, 48, rule), c.kept);
  }
});

Deno.test("allocate.heads with gates keeps what kvpress' DuoAttentionPress keeps", async () => {
  for (const c of casesOf("DuoAttentionPress")) {
    const gates = await kvpressTensor(c.family, "head_scores"); // [layers, kvHeads]
    const { kvHeads } = manifest.families[c.family]!;
    const path = await Deno.makeTempFile({ suffix: ".json" });
    try {
      const table = [0, 1].map((l) => [
        ...gates.subarray(l * kvHeads, (l + 1) * kvHeads),
      ]);
      await Deno.writeTextFile(path, JSON.stringify(table));
      const heads = c.options.head_compression_ratio;
      const rule = await allocator(allocateHeads, {
        path,
        numbers: "gates",
        streaming: { heads, entries: 20 },
      });
      const protect = { sinks: 4, recent: 16 };
      assert.deepEqual(await kept(c, 48, rule, protect), c.kept);
    } finally {
      await Deno.remove(path);
    }
  }
});
