import assert from "node:assert/strict";
import { Arena } from "../../../kernels/cache/arena.ts";
import type { PositionChoice } from "../../../kernels/rope/choose_positions.ts";
import { int8Cache } from "../../../kernels/cache/int8_cache.ts";
import type { LanguageModel } from "../../../kernels/language_model.ts";
import { loadModel } from "../../../kernels/load_model.ts";
import { keepEntries } from "../../../stages/cache/keep_entries.ts";
import { modelPath } from "../../goldens/golden_case.ts";
import { maxDiff } from "../random_model.ts";

const path = modelPath("gqa_sharded");
const ids = (count: number, seed = 1) =>
  Int32Array.from(
    { length: count },
    (_, i) => 97 + (i * i * 7 + seed * i) % 26,
  );
const tail = ids(5, 3);

/** Logits of the tail's last row and of one row behind it, over a chunk. */
async function answer(model: LanguageModel, chunk: Int32Array) {
  const [{ cache }] = await model.prefill([{ ids: chunk }]) as [
    Awaited<ReturnType<LanguageModel["prefill"]>>[0],
  ];
  return await decoded(model, cache, chunk.length);
}

async function decoded(
  model: LanguageModel,
  cache: Parameters<LanguageModel["decode"]>[0],
  position: number,
) {
  await using state = await model.decode(cache, position);
  const first = (await state.step(tail)).slice();
  return [first, (await state.step(Int32Array.of(100))).slice()] as const;
}

function assertClose(
  [a, b]: readonly [Float32Array, Float32Array],
  [c, d]: readonly [Float32Array, Float32Array],
  most: number,
): void {
  const difference = Math.max(maxDiff(a, c), maxDiff(b, d));
  assert(difference < most, `${difference} apart`);
}

/** Maps under which nothing is remapped in a text of 150 tokens. */
const nothing: PositionChoice[] = [
  { type: "self-extend", group: 4, neighbours: 200 },
  { type: "self-extend", group: 1, neighbours: 10 },
  { type: "lm-infinite", sinks: 2, reach: 200 },
  { type: "dual-chunk", chunk: 200, limit: 300 },
];

Deno.test("mapped positions that change nothing give what the model gives, asked in a batch too", async () => {
  const chunks = [ids(140, 1), ids(64, 2), ids(65, 5)];
  await using plain = await loadModel(path);
  const expected = await plain.prefill(chunks.map((ids) => ({ ids })));
  const logits = await Promise.all(chunks.map((c) => answer(plain, c)));
  const asked = await plain.requery(
    expected.map(({ cache }, i) => ({ cache, position: chunks[i]!.length })),
    tail,
  );
  for (const positions of nothing) {
    await using model = await loadModel(path, { positions });
    const batch = await model.prefill(chunks.map((ids) => ({ ids })));
    const questions = await model.requery(
      batch.map(({ cache }, i) => ({ cache, position: chunks[i]!.length })),
      tail,
    );
    for (const [i, { cache }] of batch.entries()) {
      const values = cache.layers.map((layer) => layer.values);
      expected[i]!.cache.layers.forEach((layer, l) =>
        assert(maxDiff(layer.values, values[l]!) < 1e-4, positions.type)
      );
      const told = questions[i]!.logProbs.subarray(1);
      assert(maxDiff(told, asked[i]!.logProbs.subarray(1)) < 1e-3);
      assertClose(
        await decoded(model, cache, chunks[i]!.length),
        logits[i]!,
        1e-3,
      );
    }
  }
});

Deno.test("lm-infinite hides what lies between: dropping it from the cache changes nothing", async () => {
  const [sinks, reach] = [6, 40];
  const positions = { type: "lm-infinite", sinks, reach } as const;
  await using model = await loadModel(path, { positions });
  const chunk = ids(150);
  const [prefilled] = await model.prefill([{ ids: chunk }]);
  const { cache } = prefilled!;
  const oldest = chunk.length - reach + 1; // that the first row behind the chunk sees
  const keep = cache.layers.map((layer) =>
    Uint8Array.from(layer.positions, (at) => at < sinks || at >= oldest ? 1 : 0)
  );
  const small = keepEntries(new Arena(), [{ cache, keep }]);
  assert.equal(small.layers[0]!.entries, sinks + reach - 1);
  const whole = await decoded(model, cache, chunk.length);
  assertClose(await decoded(model, small, chunk.length), whole, 1e-4);
  const less = keep.map((mask) => mask.with(oldest + 3, 0)) as typeof keep;
  const without = keepEntries(new Arena(), [{ cache, keep: less }]);
  const [first] = await decoded(model, without, chunk.length);
  assert(maxDiff(first, whole[0]) > 1e-3, "an entry that is seen counts");
});

Deno.test("a cache in 8 bits is read by mapped positions too", async () => {
  const positions = { type: "self-extend", group: 4, neighbours: 32 } as const;
  await using model = await loadModel(path, { positions });
  const chunk = ids(150);
  const [prefilled] = await model.prefill([{ ids: chunk }]);
  const small = int8Cache(new Arena(), prefilled!.cache);
  const expected = await answer(model, chunk);
  const [first] = await decoded(model, small, chunk.length);
  const scale = Math.max(...expected[0].map(Math.abs));
  assert(maxDiff(first, expected[0]) < 0.05 * scale);
  assert(maxDiff(first, expected[0]) > 0, "8 bits are not fp32");
});

Deno.test("mapped positions refuse what reads turned keys, and models whose layers differ", async () => {
  const positions = { type: "self-extend", group: 4, neighbours: 32 } as const;
  await using model = await loadModel(path, { positions });
  const chunk = ids(20);
  const [prefilled] = await model.prefill([{ ids: chunk }]);
  const { cache } = prefilled!;
  const refuses = (work: () => Promise<unknown>) =>
    assert.rejects(async () => await work(), {
      name: "TypeError",
      message: /needs keys that RoPE has turned; with positions 'self-extend'/,
    });
  await refuses(() => model.prefill([{ ids: chunk, tail }]));
  await refuses(() => model.rowQueries(chunk, 0));
  await refuses(() => model.decode(cache, 20, { most: 1, evict: "oldest" }));
  const [question] = await model.requery([{ cache, position: 20 }], tail);
  await refuses(() => model.attention(cache, question!, Float32Array.of(1)));
  await assert.rejects(loadModel(modelPath("gemma2"), { positions }), {
    name: "RangeError",
    message: /its layers do not all see everything and turn alike/,
  });
  const wrong = { type: "dual-chunk", chunk: 64, limit: 40 } as const;
  await assert.rejects(loadModel(path, { positions: wrong }), {
    name: "RangeError",
    message: /The last place '40' lies inside a chunk of '64' positions/,
  });
});
