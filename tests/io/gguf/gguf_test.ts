import assert from "node:assert/strict";
import { readGguf } from "../../../io/gguf/gguf.ts";
import { toHalfSplitRows } from "../../../io/gguf/gguf_rotary_order.ts";
import { fixture } from "../fixture.ts";
import { memorySource, recording } from "../recording_source.ts";

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
