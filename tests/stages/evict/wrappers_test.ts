import assert from "node:assert/strict";
import fc from "fast-check";
import { Arena } from "../../../kernels/cache/arena.ts";
import { liftEntries } from "../../../stages/evict/lift_entries.ts";
import { mergeEvicted } from "../../../stages/evict/merge_evicted.ts";
import { scoreSpans } from "../../../stages/evict/score_spans.ts";
import { sentencesOf } from "../../../stages/evict/sentences.ts";
import {
  averagePool,
  defineEvictor,
  evictKnorm,
  evictStreamingLlm,
  keepEntries,
  newCache,
} from "../../../stages/mod.ts";
import { of } from "rxjs";
import { askedChunks, fakeCase, runStage } from "../fake_case.ts";
import { fakeTokenizer } from "../fake_tokenizer.ts";
import { collect } from "../stage_context.ts";
import { copies, evict, positionsOf } from "./evict_case.ts";

const seventh = defineEvictor({
  name: "my.seventh",
  score: ({ positions, layer }, out) =>
    out.set(positions.map((p) => (p + layer) % 7 === 0 ? p : 0)),
});

Deno.test("spans keep whole stretches, best first, and cut the last to the budget", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const [chunk] = await evict(seventh, test, copies(asked.slice(0, 1)), {
    keep: { entries: 25 },
    spans: { tokens: 10, reduce: "max" },
  });
  const n = asked[0]!.entriesBefore;
  const last = (l: number) => {
    const spans = Array.from({ length: Math.ceil(n / 10) }, (_, s) => {
      const positions = Array.from({ length: 10 }, (_, i) => s * 10 + i)
        .filter((p) => p < n);
      const marks = positions.filter((p) => (p + l) % 7 === 0);
      return { positions, score: Math.max(0, ...marks) };
    });
    return spans.sort((a, b) => b.score - a.score)
      .flatMap(({ positions }) => positions);
  };
  for (const [l, layer] of positionsOf(chunk!.cache).entries()) {
    const expected = [0, ...last(l).filter((p) => p > 0).slice(0, 24)]
      .sort((a, b) => a - b);
    for (const head of layer) assert.deepEqual(head, expected);
  }
});

Deno.test("scoreSpans() reduces over neighbouring positions of one chunk", () => {
  const layer = {
    entries: 7,
    keys: new Float32Array(7),
    values: new Float32Array(7),
    positions: Int32Array.of(0, 2, 3, 5, 4, 5, 6), // [kvHeads, entries]
    chunks: Int32Array.of(0, 0, 0, 0, 2, 2, 2), // [kvHeads, entries]
  };
  const cache = { kvHeads: 1, headDim: 1, bytes: 56, layers: [layer] };
  const scored = (reduce: "mean" | "max" | "sum") => {
    const scores = [Float32Array.of(1, 2, 6, 4, 3, 5, 7)];
    scoreSpans(scores, cache, { tokens: 3, reduce });
    return [...scores[0]!];
  };
  // spans: [0 2] [3 5] of chunk 0, [4 5] [6] of chunk 2
  assert.deepEqual(scored("mean"), [1.5, 1.5, 5, 5, 4, 4, 7]);
  assert.deepEqual(scored("sum"), [3, 3, 10, 10, 8, 8, 7]);
  assert.deepEqual(scored("max"), [2, 2, 6, 6, 5, 5, 7]);
});

Deno.test("sentencesOf() ends sentences behind their marks", () => {
  const cut = (text: string, tokens?: string[]) => {
    const pieces = tokens ?? [...text];
    const tokenizer = {
      tokenBytes: (id: number) => new TextEncoder().encode(pieces[id]),
    };
    const ids = Int32Array.from(pieces, (_, i) => i);
    const groups: string[] = [];
    for (const [i, s] of sentencesOf(ids, tokenizer).entries()) {
      groups[s] = (groups[s] ?? "") + pieces[i];
    }
    return groups;
  };
  assert.deepEqual(cut(`One. Two!\n"Three?" 3.5 is four`), [
    "One.",
    " Two!",
    "\n",
    `"Three?"`,
    " 3.5 is four",
  ]);
  assert.deepEqual(cut("他来了。我走了！好"), ["他来了。", "我走了！", "好"]);
  assert.deepEqual(cut("“Yes.” No."), ["“Yes.”", " No."]);
  assert.deepEqual(
    cut("", ["On", "e. T", "wo", ".", " Three"]),
    ["One. T", "wo.", " Three"],
    "a token belongs to the sentence it starts in",
  );
  const ids = Int32Array.of(256, ...fakeTokenizer.encode("A. B"), 257);
  assert.deepEqual([...sentencesOf(ids, fakeTokenizer)], [0, 0, 0, 1, 1, 1]);
});

Deno.test("spans of sentences keep whole sentences, and need the model", async () => {
  const test = await fakeCase({
    text: "Short one. And then a second one! A third, is it? ".repeat(9),
  });
  const asked = await askedChunks(test);
  const options = { keep: { entries: 41 }, spans: { sentences: true } };
  const [chunk] = await evict(
    evictKnorm,
    test,
    copies(asked.slice(1, 2)),
    options,
  );
  const { lead, tokens } = asked[1]!.chunk;
  const sentence = sentencesOf(
    Int32Array.from([...lead, ...tokens]),
    test.model.tokenizer,
  );
  for (const head of positionsOf(chunk!.cache).flat()) {
    assert.equal(head.length, 41);
    const cut = new Set(head.map((at) => sentence[at]!)).values()
      .filter((s) => {
        const size = sentence.filter((other) => other === s).length;
        return head.filter((at) => sentence[at] === s).length < size;
      });
    assert([...cut].length <= 2, "the last one, and BOS with its own");
  }
  const alone = {
    chunks: of(...copies(asked)),
    model: of(),
    allocator: of(),
  } as never;
  await assert.rejects(
    collect(runStage(evictKnorm, alone, options as never, test.ctx).chunks),
    {
      name: "RangeError",
      message:
        "Spans of sentences are read with the model's tokenizer; connect 'model' to evict.knorm",
    },
  );
});

Deno.test("protect.spans keeps stretches of one chunk or of all", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const evicted = await evict(evictStreamingLlm, test, copies(asked), {
    keep: { entries: 20 },
    protect: {
      sinks: 1,
      spans: [{ from: 10, to: 13 }, { chunk: 2, from: 20, to: 22 }],
    },
  });
  for (const [c, chunk] of evicted.entries()) {
    const n = asked[c]!.entriesBefore;
    const fixed = [0, 1, 10, 11, 12, ...c === 2 ? [20, 21] : []];
    const recent = 20 - fixed.length;
    const expected = [
      ...fixed,
      ...Array.from({ length: recent }, (_, i) => n - recent + i),
    ];
    for (const head of positionsOf(chunk.cache).flat()) {
      assert.deepEqual(head, expected);
    }
  }
});

Deno.test("merge of both moves keys and values to the nearest kept entry; sizes stay", async () => {
  const test = await fakeCase();
  const asked = (await askedChunks(test)).slice(0, 1);
  const keep = { entries: 30 };
  const run = async (merge: object | string) => {
    const [chunk] = await evict(evictKnorm, test, copies(asked), {
      keep,
      merge,
    });
    return chunk!;
  };
  const [plain, both] = [await run("none"), await run({ what: "both" })];
  const { cache: full } = asked[0]!;
  assert.equal(both.cache.bytes, plain.cache.bytes);
  assert.deepEqual(positionsOf(both.cache), positionsOf(plain.cache));
  const d = full.headDim;
  const size = (x: readonly number[]) => Math.hypot(...x);
  for (const [l, layer] of full.layers.entries()) {
    const [kept] = positionsOf(plain.cache)[l]!;
    const rows = (name: "keys" | "values") =>
      Array.from({ length: layer.entries }, (_, i) => [
        ...layer[name].subarray(i * d, (i + 1) * d),
      ]);
    const [keys, values] = [rows("keys"), rows("values")];
    const cos = (i: number, t: number) =>
      keys[i]!.reduce((s, k, j) => s + k * keys[t]![j]!, 0) /
      (size(keys[i]!) * size(keys[t]!));
    const sums = kept!.map((t) => ({ w: 1, k: keys[t]!, v: values[t]! }));
    for (let i = 0; i < layer.entries; i++) {
      if (kept!.includes(i)) continue;
      const near = kept!.map((t) => cos(i, t));
      const t = near.indexOf(Math.max(...near));
      const w = Math.max(near[t]!, 0) * size(values[i]!) /
        (size(values[i]!) + size(values[kept![t]!]!));
      const { k, v } = sums[t]!;
      sums[t] = {
        w: sums[t]!.w + w,
        k: k.map((x, j) => x + w * keys[i]![j]!),
        v: v.map((x, j) => x + w * values[i]![j]!),
      };
    }
    for (const [t, { w, k, v }] of sums.entries()) {
      for (let j = 0; j < d; j++) {
        const { keys, values } = both.cache.layers[l]!;
        assert(Math.abs(keys[t * d + j]! - k[j]! / w) < 1e-4);
        assert(Math.abs(values[t * d + j]! - v[j]! / w) < 1e-4);
      }
    }
  }
  const none = await run({ what: "both", threshold: 1 });
  assert.deepEqual(none.cache.layers[0]!.keys, plain.cache.layers[0]!.keys);
});

Deno.test("wrappers compose, and leave alone what is kept whole", async () => {
  const wrappers = {
    share: "layer",
    spans: { tokens: 6 },
    merge: { what: "values" },
    protect: { sinks: 2, recent: 2, spans: [{ from: 30, to: 33 }] },
  };
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const same = await evict(evictKnorm, test, copies(asked), {
    keep: { share: 1 },
    ...wrappers,
  });
  assert(same.every(({ cache }, i) => cache === asked[i]!.cache));
  const options = { keep: { entries: 30 }, ...wrappers };
  const evicted = await evict(evictKnorm, test, copies(asked), options);
  for (const { cache, entriesBefore: n } of evicted) {
    for (const [first, second] of positionsOf(cache)) {
      assert.deepEqual(first, second);
      assert.equal(first!.length, 30);
      for (const at of [0, 1, 2, 30, 31, 32, n - 2, n - 1]) {
        assert(first!.includes(at), `${at} is protected`);
      }
    }
    assert(cache.layers.every(({ values }) => values.every(Number.isFinite)));
  }
  const again = await evict(evictKnorm, test, copies(asked), options);
  for (const [i, { cache }] of again.entries()) {
    assert.deepEqual(
      cache.layers.map(({ values }) => values),
      evicted[i]!.cache.layers.map(({ values }) => values),
    );
  }
});

Deno.test("averagePool() is the sum over the width, divided by it", () => {
  const values = fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 40 });
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 20 }), (numbers, reach) => {
      const width = 2 * reach + 1;
      const pooled = averagePool(Float32Array.from(numbers), width);
      for (let i = 0; i < numbers.length; i++) {
        const near = numbers.slice(Math.max(0, i - reach), i + reach + 1);
        const sum = near.reduce((a, b) => a + b, 0);
        assert.equal(pooled[i], Math.fround(sum / width));
      }
    }),
  );
});

Deno.test("mergeEvicted() leaves alone what no kept key is like", () => {
  const arena = new Arena();
  const counts = [Int32Array.of(3)];
  const cache = newCache(arena, { kvHeads: 1, headDim: 2, counts });
  const { keys, values } = cache.layers[0]!;
  keys.set([1, 0, -1, 0.5, 0, 1]); // [kvHeads, entries, headDim]
  values.set([1, 2, 3, 4, 5, 6]); // [kvHeads, entries, headDim]
  const masks = [Uint8Array.of(1, 0, 0)];
  const kept = keepEntries(arena, [{ cache, keep: masks }]);
  const options = { what: "both", threshold: -1, fraction: 1 } as const;
  mergeEvicted(cache, kept, masks, options);
  assert.deepEqual([...kept.layers[0]!.keys], [1, 0]);
  assert.deepEqual([...kept.layers[0]!.values], [1, 2]);
});

Deno.test("liftEntries() puts some positions above all others, the later higher", () => {
  const out = Float32Array.of(5, 900, 1, 2, 7, 3); // [kvHeads, entries]
  const positions = Int32Array.of(0, 2, 3, 1, 2, 3); // [kvHeads, entries]
  const input = { kvHeads: 2, entries: 3, positions, length: 4 };
  liftEntries(input, out, (position) => position >= 2);
  assert.deepEqual([out[0], out[3]], [5, 2]);
  assert(out[1]! > 6 && out[1]! < 6.1, "what was lifted does not count");
  assert(out[2]! > out[1]!);
  assert.equal(out[1], out[4]);
});
