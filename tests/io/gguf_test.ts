import assert from "node:assert/strict";
import { readGguf } from "../../io/gguf.ts";
import { huggingFaceName } from "../../io/gguf_names.ts";
import { toHalfSplitRows } from "../../io/gguf_rotary_order.ts";
import { fixture } from "./fixture.ts";
import { memorySource, recording } from "./recording_source.ts";

const bytes = await Deno.readFile(fixture("model.gguf"));

Deno.test("readGguf() reads version 2, which differs in its number alone", async () => {
  const second = bytes.slice();
  second[4] = 2;
  const old = await readGguf(memorySource(second));
  const present = await readGguf(memorySource(bytes));
  assert.equal(old.version, 2);
  assert.deepEqual(old.tensors, present.tensors);
  assert.deepEqual(old.metadata, present.metadata);
});

Deno.test("readGguf() reads no tensor's data", async () => {
  const { source, reads } = recording(memorySource(bytes));
  const { tensors } = await readGguf(source);
  assert.equal(tensors.size, 36);
  assert.equal(reads.length, 1);
  // All metadata kinds of the file came through.
  const { metadata } = await readGguf(source);
  assert.equal(metadata.get("llama.rope.freq_base"), 50000);
  assert.ok(metadata.get("tokenizer.ggml.scores") instanceof Float64Array);
});

Deno.test("huggingFaceName() maps layers and what is outside them", () => {
  const names: Record<string, string | undefined> = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output.weight": "lm_head.weight",
    "blk.12.attn_q.weight": "model.layers.12.self_attn.q_proj.weight",
    "blk.0.ffn_down.bias": "model.layers.0.mlp.down_proj.bias",
    "blk.0.ffn_norm.weight": "model.layers.0.post_attention_layernorm.weight",
    "rope_freqs.weight": undefined,
    "blk.0.attn_q_norm.weight": undefined,
    "blk.x.attn_q.weight": undefined,
  };
  for (const [gguf, expected] of Object.entries(names)) {
    assert.equal(huggingFaceName(gguf), expected, gguf);
  }
});

Deno.test("toHalfSplitRows() takes neighbours apart, head by head", () => {
  // Two heads of four rows of two bytes.
  const rows = Uint8Array.from([
    0,
    0,
    1,
    1,
    2,
    2,
    3,
    3,
    4,
    4,
    5,
    5,
    6,
    6,
    7,
    7,
  ]);
  const whole = toHalfSplitRows(rows, { rows: 8, headDim: 4, ropeDim: 4 });
  assert.deepEqual(
    [...whole],
    [0, 0, 2, 2, 1, 1, 3, 3, 4, 4, 6, 6, 5, 5, 7, 7],
  );
});

Deno.test("toHalfSplitRows() leaves rows alone that do not rotate", () => {
  const rows = Uint8Array.from([0, 1, 2, 3, 4, 5]);
  const part = toHalfSplitRows(rows, { rows: 6, headDim: 6, ropeDim: 4 });
  assert.deepEqual([...part], [0, 2, 1, 3, 4, 5]);
});
