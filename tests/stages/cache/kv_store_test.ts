import assert from "node:assert/strict";
import { lastValueFrom, toArray } from "rxjs";
import { Budget } from "../../../core/budget.ts";
import { Arena } from "../../../kernels/cache/arena.ts";
import { ownKvChunk } from "../../../stages/cache/kv_chunk.ts";
import { KvStore } from "../../../stages/cache/kv_store.ts";
import { newCache } from "../../../stages/cache/new_cache.ts";
import type { KvChunk } from "../../../stages/types.ts";

const shape = {
  kvHeads: 2,
  headDim: 4,
  counts: [Int32Array.of(3, 3), Int32Array.of(3, 3)],
};
/** Bytes of keys and values of one chunk. */
const bytes = 2 * 2 * 2 * 3 * 4 * 4;

/** A chunk whose values tell it apart; `released` counts. */
function chunk(index: number, released: number[] = []): KvChunk {
  const cache = newCache(new Arena(), shape);
  for (const [l, { keys, values, positions }] of cache.layers.entries()) {
    keys.forEach((_, i) => keys[i] = 1000 * index + 100 * l + i);
    values.forEach((_, i) => values[i] = -(1000 * index + 100 * l + i));
    positions.set([0, 1, 2, 0, 1, 2]);
  }
  const dispose = () => released.push(index);
  return ownKvChunk({
    chunk: {
      index,
      count: 3,
      lead: Int32Array.of(1),
      tokens: Int32Array.of(2, 3),
      byteStart: index,
      byteEnd: index + 1,
      line: 1,
    },
    cache: { ...cache, dispose },
    entriesBefore: 5,
    bytesHeld: 3,
    inFlight: 1,
  });
}

/** What a chunk holds, as plain numbers. */
function contents(
  { chunk, cache, entriesBefore, bytesHeld, inFlight }: KvChunk,
) {
  return {
    index: chunk.index,
    entriesBefore,
    bytesHeld,
    inFlight,
    layers: cache.layers.map(({ entries, keys, values, positions }) => ({
      entries,
      keys: [...keys],
      values: [...values],
      positions: [...positions],
    })),
  };
}

function read(store: KvStore, budget = new Budget(10 * bytes)) {
  return lastValueFrom(store.chunks(budget).pipe(toArray()));
}

for (const [place, limit] of [["memory", 10 * bytes], ["a file", 0]] as const) {
  Deno.test(`KvStore gives back from ${place} what it was given, in order, as often as asked`, async () => {
    using store = new KvStore(limit);
    for (const index of [2, 0, 1]) await store.add(chunk(index));
    assert.equal(store.memoryBytes, limit === 0 ? 0 : 3 * bytes);
    assert.equal(store.fileBytes, limit === 0 ? 3 * bytes : 0);
    assert.equal(store.largestBytes, bytes);
    const expected = [0, 1, 2].map((index) => contents(chunk(index)));
    for (let turn = 0; turn < 2; turn++) {
      const chunks = await read(store);
      assert.deepEqual(chunks.map(contents), expected);
      for (const c of chunks) c.release();
    }
  });
}

Deno.test("KvStore releases what it wrote to the file, and the rest when disposed", async () => {
  const released: number[] = [];
  const store = new KvStore(bytes);
  for (const index of [0, 1]) await store.add(chunk(index, released));
  assert.deepEqual(released, [1]);
  for (const c of await read(store)) c.release();
  assert.deepEqual(released, [1], "a reader's release frees no stored chunk");
  store[Symbol.dispose]();
  assert.deepEqual(released, [1, 0]);
  assert.equal(store.count, 0);
});

Deno.test("KvStore reads from the file only what the budget has room for", async () => {
  using store = new KvStore(0);
  for (const index of [0, 1, 2]) await store.add(chunk(index));
  const budget = new Budget(bytes);
  const seen: number[] = [];
  await new Promise<void>((resolve, reject) => {
    store.chunks(budget).subscribe({
      next: (c) => {
        seen.push(c.chunk.index);
        assert.equal(budget.used, bytes);
        c.release();
      },
      error: reject,
      complete: resolve,
    });
  });
  assert.deepEqual(seen, [0, 1, 2]);
  assert.equal(budget.used, 0);
});

Deno.test("KvStore stops reading when its reader leaves", async () => {
  using store = new KvStore(0);
  for (const index of [0, 1, 2]) await store.add(chunk(index));
  const budget = new Budget(bytes);
  const first = await new Promise<KvChunk>((resolve) => {
    const reading = store.chunks(budget).subscribe((c) => {
      reading.unsubscribe();
      resolve(c);
    });
  });
  first.release();
  assert.equal(budget.used, 0);
});
