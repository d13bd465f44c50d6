import assert from "node:assert/strict";
import type { ModelConfig } from "../../../io/model_config.ts";
import { shareScores } from "../../../stages/evict/share_scores.ts";
import { cacheOf, layerOf, type Place } from "../cache/merged_case.ts";

const rope = "model" as const;
/** The second of three layers sees everything. */
const config: Pick<ModelConfig, "layerKinds"> = {
  layerKinds: [{ sliding: 3, rope }, { rope }, { sliding: 3, rope }],
};
/** What layers hold of two merged chunks of four. */
const far: Place[] = [0, 1].flatMap((chunk) =>
  [0, 1, 2, 3].map((at): Place => [chunk, at])
);
const near = far.filter(([, at]) => at >= 2);

const merged = (...layers: Place[][]) =>
  cacheOf(layers.map((layer) => layerOf([layer])), 1);
const scoresOf = (...layers: number[][]) =>
  layers.map((layer) => Float32Array.from(layer)); // layers × [entries]

Deno.test("shareScores() lets the layers share that see as far as one another, of merged chunks too", () => {
  const scores = scoresOf(
    [1, 2, 3, 4],
    [1, 2, 3, 4, 5, 6, 7, 8],
    [3, 2, 1, 0],
  );
  shareScores(scores, merged(near, far, near), "model", config);
  assert.deepEqual(
    scores.map((layer) => [...layer]),
    [[2, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 2]],
  );
});

Deno.test("shareScores() keeps layers apart that hold as many entries, but others", () => {
  const chosen = far.filter(([, at]) => at % 2 === 0);
  const scores = scoresOf([1, 2, 3, 4], [9, 9, 9, 9], [3, 2, 1, 0]);
  shareScores(scores, merged(near, chosen, near), "model", config);
  assert.deepEqual([...scores[0]!], [2, 2, 2, 2]);
  assert.deepEqual([...scores[1]!], [9, 9, 9, 9]);
});

Deno.test("shareScores() refuses layers and heads that hold different entries", () => {
  const other = far.filter(([, at]) => at < 2);
  const moved = near.map(([chunk, at]): Place => [1 - chunk, at]);
  const four = [0, 0, 0, 0];
  const eight = [...four, ...four];
  const refused = {
    name: "RangeError",
    message:
      "Cannot share 'model': the heads of layer 2 hold different entries already; put the stage that drops entries per head behind this one",
  };
  for (const last of [other, moved, near.slice(1), far]) {
    const scores = scoresOf(four, eight, new Array(last.length).fill(0));
    const cache = merged(near, far, last);
    assert.throws(() => shareScores(scores, cache, "model", config), refused);
  }
  const ragged = cacheOf([layerOf([near, near.slice(1)])], 2);
  assert.throws(
    () => shareScores(scoresOf(eight), ragged, "layer", config),
    /^RangeError: Cannot share 'layer': the heads of layer 0/,
  );
});

Deno.test("without a configuration shareScores() takes layers that hold the newest of what the longest holds", () => {
  const whole = far.slice(0, 4);
  const newest = whole.slice(2);
  const scores = scoresOf([1, 2], [1, 2, 3, 4], [3, 4]);
  shareScores(scores, merged(newest, whole, newest), "model");
  assert.deepEqual(
    scores.map((layer) => [...layer]),
    [[2, 3], [1, 2, 3, 4], [2, 3]],
  );
  assert.throws(
    () => shareScores(scores, merged(near, far, near), "model"),
    /^RangeError: Cannot share 'model': the heads of layer 0/,
  );
});

Deno.test("shareScores() with agree: max keeps what any head of any sharing layer looks at, with mean what all do", () => {
  const four: Place[] = [0, 1, 2, 3].map((at): Place => [0, at]);
  const cache = cacheOf([layerOf([four, four]), layerOf([four, four])], 2);
  const made = () =>
    scoresOf( // two heads a layer; only one looks at entry 3
      [...[4, 5, 0, 0], ...[4, 5, 0, 9]],
      [...[4, 5, -2, 0], ...[4, 5, -1, 0]],
    );
  const shared = (share: "layer" | "model", agree?: "mean" | "max") => {
    const scores = made();
    shareScores(scores, cache, share, {}, agree);
    return scores.map((layer) => [...layer]);
  };
  const most = [4, 5, 0, 9];
  const all = [...most, ...most];
  assert.deepEqual(shared("model", "max"), [all, all]);
  const below = [4, 5, -1, 0];
  assert.deepEqual(shared("layer", "max"), [all, [...below, ...below]]);
  const mean = [4, 5, -0.75, 2.25];
  const means = [...mean, ...mean];
  assert.deepEqual(shared("model", "mean"), [means, means]);
  assert.deepEqual(shared("model"), [means, means]);
});
