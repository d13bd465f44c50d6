import assert from "node:assert/strict";
import { hfRope } from "../../../io/huggingface/hf_rope.ts";

// deno-lint-ignore camelcase -- the key as config.json spells it
const window = { max_position_embeddings: 4096 };

Deno.test("hfRope() reads each way of scaling, old key and new", () => {
  const cases = [
    [null, { type: "none" }],
    [{ rope_type: "default" }, { type: "none" }],
    [{ type: "linear", factor: 2 }, { type: "linear", factor: 2 }],
    [{ type: "dynamic", factor: 4 }, {
      type: "dynamic",
      factor: 4,
      originalWindow: 4096,
    }],
    [{
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 1024,
    }, {
      type: "llama3",
      factor: 8,
      lowFreqFactor: 1,
      highFreqFactor: 4,
      originalWindow: 1024,
    }],
    [{ rope_type: "yarn", original_max_position_embeddings: 1024 }, {
      type: "yarn",
      factor: 4,
      originalWindow: 1024,
      betaFast: 32,
      betaSlow: 1,
    }],
    [{
      rope_type: "yarn",
      factor: 16,
      beta_fast: 20,
      beta_slow: 2,
      attention_factor: 1.5,
      mscale: 1,
      mscale_all_dim: 0.5,
    }, {
      type: "yarn",
      factor: 16,
      originalWindow: 4096,
      betaFast: 20,
      betaSlow: 2,
      attentionFactor: 1.5,
      mscale: 1,
      mscaleAllDim: 0.5,
    }],
  ] as const;
  for (const [given, expected] of cases) {
    for (const key of ["rope_scaling", "rope_parameters"]) {
      const { ropeScaling } = hfRope({ ...window, [key]: given }, "c");
      assert.deepEqual(ropeScaling, expected);
    }
  }
});

Deno.test("hfRope() reads longrope under each of its names, from Phi-3's keys", () => {
  const factors = { short_factor: [1, 1.5], long_factor: [2, 4] };
  const scaled = {
    type: "longrope",
    short: Float32Array.of(1, 1.5),
    long: Float32Array.of(2, 4),
    originalWindow: 1024,
    attentionFactor: Math.sqrt(1.2), // window 4 times the original of 2^10
  };
  for (const type of ["longrope", "su", "yarn"]) {
    const { ropeScaling } = hfRope({
      ...window,
      original_max_position_embeddings: 1024,
      rope_scaling: { type, ...factors },
    }, "c");
    assert.deepEqual(ropeScaling, scaled);
  }
  const given = hfRope({
    ...window,
    rope_parameters: {
      rope_type: "longrope",
      original_max_position_embeddings: 8192,
      ...factors,
    },
  }, "c").ropeScaling;
  assert.deepEqual(given, {
    ...scaled,
    originalWindow: 8192,
    attentionFactor: 1,
  });
});

Deno.test("hfRope() takes full attention's parameters where layers differ", () => {
  const { ropeTheta, ropeScaling } = hfRope({
    ...window,
    rope_parameters: {
      full_attention: { rope_type: "linear", factor: 8, rope_theta: 1e6 },
      sliding_attention: { rope_type: "default", rope_theta: 10000 },
    },
  }, "c");
  assert.equal(ropeTheta, 1e6);
  assert.deepEqual(ropeScaling, { type: "linear", factor: 8 });
});

Deno.test("hfRope() takes the base from rope_parameters before rope_theta", () => {
  const base = (extra: object) =>
    hfRope({ ...window, ...extra }, "c").ropeTheta;
  assert.equal(base({}), 10000);
  assert.equal(base({ rope_theta: 500000 }), 500000);
  assert.equal(
    base({ rope_theta: 1, rope_parameters: { rope_theta: 250000 } }),
    250000,
  );
});

Deno.test("hfRope() says what is not supported", () => {
  const read = (given: Record<string, unknown>) => () =>
    hfRope({ ...window, rope_scaling: given }, "config.json");
  assert.throws(read({ rope_type: "longrope", factor: 2 }), {
    message:
      'Cannot read "config.json": its RoPE scaling is "longrope"; supported are default, linear, dynamic, llama3, yarn and longrope with its factors',
  });
  assert.throws(read({ rope_type: "linear" }), {
    message:
      'Cannot read "config.json": its RoPE scaling "linear" lacks "factor"',
  });
});
