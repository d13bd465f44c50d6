import assert from "node:assert/strict";
import type { ModelConfig } from "../../../io/model_config.ts";
import { heldTokens } from "../../../stages/cache/held_tokens.ts";
import type { MergedContext } from "../../../stages/mod.ts";
import { contextOf, type Place, sourceOf } from "./merged_case.ts";

/** Ids of the tokens, and how many were left out. */
function idsOf(
  context: MergedContext,
  room = 100,
  config: Pick<ModelConfig, "layerKinds"> = {},
) {
  const { tokens, left } = heldTokens(context, { room, config });
  return { ids: tokens.map(({ id }) => id), left };
}

const twice = <T>(value: T) => [value, value];

Deno.test("heldTokens() gives what all heads hold, in the document's order, without leads", () => {
  const head: Place[] = [[2, 0], [2, 1], [2, 4], [5, 2], [5, 1]];
  const context = contextOf(twice(twice(head)), [
    sourceOf(2, 6),
    sourceOf(5, 6),
  ]);
  const { tokens, left } = heldTokens(context, { room: 9, config: {} });
  assert.deepEqual(
    tokens.map(({ id, chunk, position }) => ({
      id,
      chunk,
      position,
    })),
    [
      { id: 200, chunk: 2, position: 1 },
      { id: 203, chunk: 2, position: 4 },
      { id: 500, chunk: 5, position: 1 },
      { id: 501, chunk: 5, position: 2 },
    ],
  );
  assert.equal(left, 0);
});

Deno.test("heldTokens() knows the lead of every chunk, however long", () => {
  const head: Place[] = [[0, 0], [0, 1], [0, 2], [1, 2], [1, 5]];
  const sources = [sourceOf(0, 6, { lead: 2 }), sourceOf(1, 6, { lead: 5 })];
  assert.deepEqual(idsOf(contextOf([[head]], sources)).ids, [0, 100]);
});

Deno.test("heldTokens() gives as many tokens as a head holds, those of most heads, of equal ones those of better chunks", () => {
  const layers: Place[][][] = [
    [[[0, 0], [0, 1], [0, 2]], [[0, 0], [0, 1], [1, 3]]],
    [[[0, 0], [1, 3], [1, 4]], [[0, 0], [0, 1], [1, 4]]],
  ]; // 0:1 three times, 1:3 and 1:4 twice, 0:2 once: two tokens a head
  const sources = (first: number, second: number) => [
    sourceOf(0, 9, { merit: first }),
    sourceOf(1, 9, { merit: second }),
  ];
  assert.deepEqual(idsOf(contextOf(layers, sources(1, 2))), {
    ids: [0, 102],
    left: 0,
  });
  layers[0]![0]!.push([0, 5]);
  layers[1]![1]!.push([0, 5]);
  layers[1]![0]!.push([0, 6]);
  layers[0]![1]!.push([0, 6]); // three a head: 0:5 and 0:6 twice, too
  const better = idsOf(contextOf(layers, sources(2, 1)));
  assert.deepEqual(better.ids, [0, 4, 5]);
  const worse = idsOf(contextOf(layers, sources(1, 2)));
  assert.deepEqual(worse.ids, [0, 102, 103]);
  const none = [sourceOf(0, 9), sourceOf(1, 9)];
  assert.deepEqual(idsOf(contextOf(layers, none)).ids, [0, 4, 5]);
});

Deno.test("heldTokens() does not count the padding of ragged heads", () => {
  const layers: Place[][][] = [[
    [[0, 0], [0, 3], [0, 4], [0, 5]],
    [[0, 0], [0, 4]],
  ]]; // two tokens a head
  const sources = [sourceOf(0, 9, { lead: 0 })];
  const { tokens } = heldTokens(contextOf(layers, sources), {
    room: 9,
    config: {},
  });
  assert.deepEqual(tokens.map(({ position }) => position), [0, 3, 4]);
});

Deno.test("heldTokens() leaves out what has no room: what fewest heads hold, then the worst chunks'", () => {
  const head: Place[] = [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [1, 3]];
  const context = contextOf([[head, head]], [
    sourceOf(0, 9, { merit: -2 }),
    sourceOf(1, 9, { merit: -1 }),
  ]);
  assert.deepEqual(idsOf(context, 4), { ids: [0, 100, 101, 102], left: 1 });
  assert.deepEqual(idsOf(context, 1), { ids: [100], left: 4 });
  assert.deepEqual(idsOf(context, 0), { ids: [], left: 5 });
});

Deno.test("heldTokens() asks the layers that see farthest", () => {
  const far: Place[] = [[0, 0], [0, 1], [0, 2], [0, 8], [1, 1], [1, 8]];
  const near: Place[] = [[0, 7], [0, 8], [1, 7], [1, 8]];
  const sources = [sourceOf(0, 9), sourceOf(1, 9)];
  const context = contextOf([[near], [far], [near]], sources);
  const rope = "model" as const;
  const kinds = (sliding: readonly (number | undefined)[]) => ({
    layerKinds: sliding.map((sliding) => ({
      rope,
      ...(sliding !== undefined && { sliding }),
    })),
  });
  const wanted = [0, 1, 7, 100, 107];
  const some = kinds([3, undefined, 3]);
  assert.deepEqual(idsOf(context, 99, some).ids, wanted);
  assert.deepEqual(idsOf(context, 99, kinds([3, 20, 3])).ids, wanted);
  const all = contextOf([[near], [near]], sources);
  const { ids } = idsOf(all, 99, kinds([3, 3]));
  assert.deepEqual(ids, [6, 7, 106, 107]);
});

Deno.test("heldTokens() of what was read again goes by the places in the chunks", () => {
  const head: Place[] = [[0, 0], [0, 1], [0, 2], [1, 3], [1, 5]];
  const context = contextOf([[head]], [sourceOf(0, 9), sourceOf(1, 9)]);
  const places = Int32Array.of(0, 4, 7, 2, 9, 8);
  assert.deepEqual(idsOf({ ...context, places }).ids, [3, 6, 101, 107]);
});

Deno.test("heldTokens() refuses contexts that do not know their tokens", () => {
  const head: Place[] = [[0, 0], [0, 3]];
  const room = { room: 9, config: {} };
  assert.throws(() => heldTokens(contextOf([[head]]), room), {
    name: "TypeError",
    message:
      "This merged context does not know its tokens; put 'reread' behind 'merge'",
  });
  const wrong = [[sourceOf(0, 2)], [sourceOf(1, 9)]];
  for (const [i, sources] of wrong.entries()) {
    assert.throws(() => heldTokens(contextOf([[head]], sources), room), {
      name: "TypeError",
      message: `An entry at position ${
        [3, 0][i]
      } of chunk 0 is of no token of the merged context's sources`,
    });
  }
});
