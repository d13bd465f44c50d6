import assert from "node:assert/strict";
import type { ModelConfig } from "../../../io/model_config.ts";
import {
  firstAlike,
  heldBytes,
  mostHeld,
} from "../../../kernels/cache/held_entries.ts";
import {
  checkKinds,
  ropeConfigOf,
} from "../../../kernels/layers/layer_kind.ts";
import { randomModel, smallConfig } from "../random_model.ts";
import { allSlidingConfig, slidingConfig } from "../sliding_config.ts";

Deno.test("checkKinds() names what no session graph computes", async () => {
  const refuses = (change: Partial<ModelConfig>, message: RegExp) =>
    assert.throws(
      () => checkKinds({ ...slidingConfig, ...change }),
      { message },
    );
  checkKinds(slidingConfig);
  checkKinds(smallConfig);
  const rope = "model" as const;
  refuses({ layerKinds: [{ rope }] }, /kinds for 1 layers, the model has 3/);
  const kinds = [{ rope }, { rope, sliding: 0 }, { rope }];
  refuses({ layerKinds: kinds }, /Layer 1 has a sliding window of '0'/);
  refuses({ scoreCap: 0 }, /scoreCap is '0'/);
  refuses({ attentionScale: NaN }, /attentionScale is 'NaN'/);
  const long = {
    type: "longrope",
    short: new Float32Array(8),
    long: new Float32Array(5),
    originalWindow: 64,
    attentionFactor: 1,
  } as const;
  refuses({ ropeScaling: long }, /RoPE has 5 factors, 16 .* need 8/);
  const { localRope: _, ...without } = slidingConfig;
  assert.throws(() => checkKinds(without), /Layer 0 has a local RoPE/);
  await assert.rejects(randomModel({ config: without }), TypeError);
});

Deno.test("ropeConfigOf() gives every layer its RoPE", () => {
  assert.equal(ropeConfigOf(slidingConfig, 0)!.ropeTheta, 500);
  assert.equal(ropeConfigOf(slidingConfig, 1), undefined);
  assert.equal(ropeConfigOf(slidingConfig, 2), slidingConfig);
});

Deno.test("heldBytes(), mostHeld() and firstAlike() go by the layers' windows", () => {
  const entry = 2 * 2 * 16 * 4; // keys and values of two KV heads
  assert.equal(heldBytes(slidingConfig, 30), (8 + 30 + 8) * entry);
  assert.equal(heldBytes(slidingConfig, 30, 10), (8 + 10 + 8) * entry);
  assert.equal(heldBytes(slidingConfig, 5), 15 * entry);
  assert.equal(heldBytes(smallConfig, 30, 10), 30 * entry);
  assert.deepEqual(
    [slidingConfig, allSlidingConfig].map((c) => mostHeld(c, 30)),
    [30, 8],
  );
  assert.deepEqual([0, 1, 2].map((l) => firstAlike(slidingConfig, l)), [
    0,
    1,
    0,
  ]);
  assert.deepEqual([0, 2].map((l) => firstAlike(smallConfig, l)), [0, 0]);
});
