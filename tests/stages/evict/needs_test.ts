import assert from "node:assert/strict";
import type { KvCache } from "../../../kernels/cache/kv_cache.ts";
import {
  defineEvictor,
  type EntryScoreInput,
  evictKnorm,
  type KvChunk,
  type NeedName,
} from "../../../stages/mod.ts";
import { giveNeeds } from "../../../stages/evict/needs/give_needs.ts";
import { nullTail } from "../../../stages/evict/needs/null.ts";
import {
  carry,
  meanRotation,
  statistics,
  withoutRotation,
} from "../../../stages/evict/needs/queries.ts";
import type { NeedAmounts } from "../../../stages/evict/needs/need.ts";
import { askedChunks, type FakeCase, fakeCase } from "../fake_case.ts";
import { naiveAttention } from "../fake_transformer.ts";
import { naiveOwnAttention } from "../naive_own_attention.ts";
import { copies, evict } from "./evict_case.ts";

const idsOf = ({ chunk }: KvChunk) =>
  Int32Array.from([...chunk.lead, ...chunk.tokens]);

function give(
  { model, prompt, ctx }: FakeCase,
  chunk: KvChunk,
  needs: readonly NeedName[],
  amounts: Partial<NeedAmounts> = {},
) {
  const { cache, question, entriesBefore: position } = chunk;
  const subject = { cache, question: question!, position, ids: idsOf(chunk) };
  return giveNeeds(needs, subject, {
    model,
    prompt,
    amounts,
    signal: ctx.signal,
  });
}

/** A chunk as it came, and one from which half is gone. */
async function fullAndEvicted() {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const half = await evict(evictKnorm, test, copies(asked), {});
  return { test, chunks: [asked[1]!, half[1]!] };
}

function near(actual: Float32Array, expected: ArrayLike<number>, what: string) {
  assert.equal(actual.length, expected.length, what);
  for (const [i, value] of actual.entries()) {
    assert(Math.abs(value - expected[i]!) < 1e-5, `${what}: ${i}`);
  }
}

Deno.test("attention:recent is what the chunk's last rows pay to the entries that are left", async () => {
  const { test, chunks } = await fullAndEvicted();
  for (const chunk of chunks) {
    const given = await give(test, chunk, ["attention:recent"], { recent: 5 });
    const ids = idsOf(chunk);
    const rows = await test.model.rowQueries(ids, ids.length - 5);
    const ones = new Float32Array(5).fill(1);
    const expected = naiveOwnAttention(chunk.cache, rows, ones);
    for (const [l, { recent }] of given.entries()) {
      near(recent!, expected[l]!, `${chunk.cache.layers[l]!.entries} entries`);
    }
  }
});

Deno.test("attention:received sums every row of the chunk, also over entries that are left", async () => {
  const { test, chunks } = await fullAndEvicted();
  for (const chunk of chunks) {
    const given = await give(test, chunk, ["attention:received"]);
    const ids = idsOf(chunk);
    for (const [l, { received }] of given.entries()) {
      const expected = new Float64Array(received!.length);
      for (let row = 0; row < ids.length; row++) {
        const one = await test.model.rowQueries(ids.slice(0, row + 1), row);
        const mass = naiveOwnAttention(
          chunk.cache,
          one,
          Float32Array.of(1),
        )[l]!;
        for (const [i, value] of mass.entries()) expected[i]! += value;
      }
      near(received!, expected, `layer ${l}`);
    }
  }
});

Deno.test("lookahead is the attention of the tokens that greedy decoding gives", async () => {
  const { test, chunks } = await fullAndEvicted();
  const { model, prompt } = test;
  for (const chunk of chunks) {
    const { cache, entriesBefore: at } = chunk;
    const ids = [...prompt.tail];
    for (let i = 0; i < 3; i++) {
      const { logits } = model.transformer.forward(
        Int32Array.from(ids),
        at,
        cache,
      );
      const last = logits.at(-1)!;
      ids.push(last.indexOf(last.reduce((a, b) => Math.max(a, b))));
    }
    assert(!ids.slice(0, -1).some((id) => model.config.stopIds.includes(id)));
    const [stats] = await model.requery(
      [{ cache, position: at }],
      Int32Array.from(ids),
    );
    for (const withQuestion of [false, true]) {
      const weights = Float32Array.from(
        ids,
        (_, r) => withQuestion || r >= prompt.tail.length ? 1 : 0,
      );
      const expected = naiveAttention(cache, stats!, weights, 4);
      const amounts = { tokens: 3, withQuestion };
      const given = await give(test, chunk, ["lookahead"], amounts);
      for (const [l, { lookahead }] of given.entries()) {
        near(lookahead!, expected[l]!, `layer ${l}`);
      }
    }
  }
});

Deno.test("lookahead ends with a stop token, and inside the model's window", async () => {
  const test = await fakeCase();
  const [chunk] = await askedChunks(test);
  const steps = async (stopIds: number[], window: number) => {
    const before = test.model.batches.length;
    let rows = 0;
    const { requery } = test.model;
    const config = { ...test.model.config, stopIds, window };
    const model = Object.assign(Object.create(test.model), {
      config,
      requery: (items: never, tail: Int32Array) => {
        rows = tail.length;
        return requery.call(test.model, items, tail);
      },
    });
    await give({ ...test, model }, chunk!, ["lookahead"], { tokens: 6 });
    assert.equal(test.model.batches.length, before);
    return rows - test.prompt.tail.length;
  };
  const wide = 1e6;
  assert.equal(await steps([], wide), 6);
  assert.equal(await steps([...Array(260).keys()], wide), 1);
  const full = chunk!.entriesBefore + test.prompt.tail.length;
  assert.equal(await steps([], full + 2), 2);
  assert.equal(await steps([], full - 5), 1);
});

Deno.test("null is the attention of the same template around N/A, on the question's scale", async () => {
  const { test, chunks } = await fullAndEvicted();
  const { model, prompt } = test;
  const [from, to] = prompt.scored;
  const text = (ids: Int32Array) => String.fromCharCode(...ids);
  const tail = nullTail(prompt, model.tokenizer.encode("N/A"));
  assert.equal(
    text(tail),
    text(prompt.tail.slice(0, from)) + "N/A" + text(prompt.tail.slice(to)),
  );
  for (const chunk of chunks) {
    const { cache, entriesBefore: position } = chunk;
    const [stats] = await model.requery([{ cache, position }], tail);
    for (const rows of [Infinity, 4]) {
      const voting = Math.min(rows, prompt.tail.length);
      const used = Math.min(rows, tail.length);
      const weights = Float32Array.from(
        tail,
        (_, r) => r >= tail.length - used ? voting / used : 0,
      );
      const expected = naiveAttention(cache, stats!, weights, 4);
      const given = await give(test, chunk, ["attention", "null"], { rows });
      for (const [l, { nullAttention, attention }] of given.entries()) {
        near(nullAttention!, expected[l]!, `layer ${l}`);
        assert.equal(attention!.length, nullAttention!.length);
      }
    }
  }
});

Deno.test("queries are the chunk's own without its first rows, carried behind the chunk", async () => {
  const { test, chunks } = await fullAndEvicted();
  const { config, transformer } = test.model;
  const { headDim } = config;
  for (const chunk of chunks) {
    const amounts = { skip: 3, future: 20 };
    const given = await give(test, chunk, ["queries"], amounts);
    const ids = idsOf(chunk);
    const rows = ids.length - 3;
    const later = meanRotation(config, ids.length, 20);
    const { queries } = transformer.forward(ids, 0);
    for (const [l, layer] of queries.entries()) {
      const all = { from: 0, rows: ids.length, queries: [layer] };
      const plain = withoutRotation(config, all, 0);
      for (let head = 0; head < 4; head++) {
        const from = (head * ids.length + 3) * headDim;
        const own = plain.slice(from, from + rows * headDim); // [rows, headDim]
        const carried = carry(statistics(own, headDim, rows), later, headDim);
        const { mean, covariance } = given[l]!.queries!;
        const [d, dd] = [headDim, headDim ** 2];
        near(mean.slice(head * d, (head + 1) * d), carried.mean, "mean");
        const square = covariance.slice(head * dd, (head + 1) * dd);
        near(square, carried.covariance, "covariance");
      }
    }
  }
});

Deno.test("text gives the bytes of every position", async () => {
  const test = await fakeCase({ text: "Ünder the wide sky. ".repeat(20) });
  const [chunk] = await askedChunks(test);
  const [given] = await give(test, chunk!, ["text"]);
  const { pieces } = given!;
  assert.equal(pieces!.length, chunk!.entriesBefore);
  assert.equal(pieces![0]!.length, 0, "the lead is a special token");
  const bytes = Uint8Array.from(pieces!.flatMap((piece) => [...piece]));
  assert.deepEqual([...bytes], [...chunk!.chunk.tokens]);
});

Deno.test("a rule is given what it needs, its amounts and the chunk's length", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const seen: EntryScoreInput[] = [];
  const rule = defineEvictor({
    name: "my.everything",
    needs: [
      "attention",
      "attention:recent",
      "attention:received",
      "queries",
      "lookahead",
      "null",
      "text",
    ],
    asks: () => ({ recent: 1, tokens: 1 }),
    score: (input, out) => {
      seen.push(input);
      out.fill(0);
    },
  });
  await evict(rule, test, asked.slice(0, 1), {});
  assert.equal(seen.length, 2);
  for (const input of seen) {
    assert.equal(input.length, asked[0]!.entriesBefore);
    assert.equal(input.heads, 4);
    const sum = (mass: Float32Array) =>
      mass.subarray(0, input.entries).reduce((a, b) => a + b, 0);
    assert(Math.abs(sum(input.recent!) - 1) < 1e-5, "one row");
    assert(Math.abs(sum(input.received!) - input.length) < 1e-3, "all rows");
    assert(sum(input.lookahead!) < 1, "one row, which sees the question too");
    assert.equal(input.queries!.mean.length, 4 * 8);
    assert.equal(input.queries!.covariance.length, 4 * 8 * 8);
  }
  const cache: KvCache = asked[0]!.cache;
  assert.equal(cache.layers.length, seen.length);
});

Deno.test("defineEvictor() refuses a need that is none, and says which was meant", () => {
  const needs = ["atention" as NeedName]; // as a module without types may write it
  assert.throws(() => defineEvictor({ name: "my.slip", needs, score() {} }), {
    name: "RangeError",
    message: "Unknown need 'atention'; did you mean 'attention'?",
  });
});
