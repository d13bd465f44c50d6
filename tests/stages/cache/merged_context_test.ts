import assert from "node:assert/strict";
import {
  replaceMergedCache,
  rereadContext,
} from "../../../stages/cache/merged_context.ts";
import type { MergedContext } from "../../../stages/mod.ts";
import { testContext } from "../stage_context.ts";
import { cacheOf, contextOf, layerOf, type Place } from "./merged_case.ts";

const both: Place[] = [[0, 0], [0, 1], [0, 2], [4, 1], [4, 2]];
const entriesOf = ({ kept }: MergedContext) =>
  kept.map(({ chunk, entries }) => [chunk, entries]);

Deno.test("replaceMergedCache() says what is left of every chunk, the mean over layers and heads", async () => {
  const ctx = testContext();
  const context = contextOf([[both, both], [both, both]]);
  const [one, few]: Place[][] = [[[0, 0], [0, 1], [4, 2]], [[0, 0]]];
  const layers = [layerOf([one!, few!]), layerOf([one!, one!])];
  const left = await replaceMergedCache(context, cacheOf(layers, 2), ctx);
  assert.deepEqual(entriesOf(left), [[0, 7 / 4], [4, 3 / 4]]); // not the padding
  assert.equal(left.kept[0]!.entriesBefore, 50);
  const alone = cacheOf([layerOf([few!, few!]), layerOf([few!, few!])], 2);
  const last = await replaceMergedCache(left, alone, ctx);
  assert.deepEqual(entriesOf(last), [[0, 1]]);
  const origin = { ...alone, layers: alone.layers.map(withoutChunks) };
  const unknown = await replaceMergedCache(last, origin, ctx);
  assert.equal(unknown.kept, last.kept);
});

function withoutChunks<T extends { chunks?: Int32Array }>(
  { chunks: _, ...layer }: T,
) {
  return layer;
}

/** Three tokens of two chunks behind a lead of two. */
const tokens = [
  { id: 7, chunk: 4, position: 9 },
  { id: 8, chunk: 4, position: 12 },
  { id: 9, chunk: 6, position: 2 },
];
const lead = Int32Array.of(0, 1);

/** A cache of entries at positions of the new text, as a model gives it. */
function prefilled(...layers: (readonly number[])[]) {
  const made = layers.map((positions) =>
    withoutChunks(layerOf([positions.map((at): Place => [0, at])]))
  );
  return cacheOf(made, 1);
}

Deno.test("rereadContext() takes the place of the context and says where its text came from", async () => {
  const { budget } = testContext();
  const before = contextOf([[both]]);
  const given: string[] = [];
  const context = {
    ...before,
    kept: [0, 4, 6].map((chunk) => ({ ...before.kept[0]!, chunk })),
    read: 7,
    release: () => void given.push("context"),
  };
  const lease = await budget.lease(80);
  const cache = {
    ...prefilled([0, 1, 2, 3, 4], [3, 4]), // the second layer holds the newest
    dispose: () => void given.push("cache"),
  };
  const again = rereadContext(context, cache, { tokens, lead, lease });
  assert.deepEqual(given, ["context"]);
  const [first, second] = again.cache.layers;
  assert.deepEqual([...first!.chunks!], [4, 4, 4, 4, 6]);
  assert.deepEqual([...second!.chunks!], [4, 6]);
  assert.deepEqual([...again.places!], [0, 1, 9, 12, 2]);
  assert.equal(again.position, 5);
  assert.deepEqual([again.chunks, again.read], [9, 7]);
  assert.deepEqual(entriesOf(again), [[4, 5 / 2], [6, 1]]);
  assert.equal(budget.used, 80);
  again.release();
  assert.deepEqual(given, ["context", "cache"]);
  assert.equal(budget.used, 0);
});

Deno.test("rereadContext() leaves the context as it was when it fails", async () => {
  const { budget } = testContext();
  let released = false;
  const context = {
    ...contextOf([[both]]),
    release: () => void (released = true),
  };
  const lease = await budget.lease(80);
  assert.throws(
    () => rereadContext(context, prefilled([0, 5]), { tokens, lead, lease }),
    TypeError,
  );
  assert.equal(released, false);
  assert.equal(budget.used, 80);
});
