import assert from "node:assert/strict";
import { openByteSource } from "../../io/files/byte_source.ts";
import { readGguf } from "../../io/gguf/gguf.ts";
import { QUANT_FORMATS } from "../../io/quant/quant_formats.ts";
import type { BlockQuantized } from "../../io/weights.ts";
import { fixture, gunzip } from "./fixture.ts";

await using source = await openByteSource(fixture("tensors.gguf"));
const file = await readGguf(source);
const golden = new Float32Array(
  (await gunzip("tensors.f32.gz")).buffer,
);

/** w = scale · (q − offset) + min, rounded to fp32 after each step as a kernel would. */
function unpack(blocks: BlockQuantized): Float32Array {
  const { bits, blockSize, quants, scales, mins } = blocks;
  const offset = bits === 4 ? 8 : 128;
  return Float32Array.from({ length: scales.length * blockSize }, (_, i) => {
    const block = Math.floor(i / blockSize);
    const q = bits === 8 ? quants[i]! : quants[i >> 1]! >> (i & 1) * 4 & 15;
    const scaled = Math.fround(scales[block]! * (q - offset));
    return Math.fround(scaled + (mins?.[block] ?? 0));
  });
}

let start = 0;
for (const tensor of file.tensors.values()) {
  const { name, format, shape, offset, bytes } = tensor;
  const length = shape.reduce((a, b) => a * b);
  const expected = golden.slice(start, start += length);
  const data = await source.read(offset, bytes);

  Deno.test(`${name} decodes bit for bit as the gguf package does`, () => {
    const decoded = format.decode(data);
    assert.deepEqual(
      new Uint32Array(decoded.buffer, decoded.byteOffset, length),
      new Uint32Array(expected.buffer),
    );
  });

  if (!format.repack) continue;
  const blocks = format.repack(data);

  Deno.test(`${name} repacks without loss`, () => {
    const unpacked = unpack(blocks);
    // 4-bit minima absorb 8 · scale in one rounding; the rest is exact.
    const exact = blocks.bits === 8 || !blocks.mins;
    for (let i = 0; i < length; i++) {
      const block = Math.floor(i / blocks.blockSize);
      const size = 8 * Math.abs(blocks.scales[block]!) +
        Math.abs(blocks.mins?.[block] ?? 0);
      const allowed = exact ? 0 : size * 2 ** -23;
      assert.ok(Math.abs(unpacked[i]! - expected[i]!) <= allowed, `at ${i}`);
    }
  });

  Deno.test(`${name} repacks to the sizes of its kind`, () => {
    assert.equal(blocks.quants.length, length * blocks.bits / 8);
    assert.equal(blocks.scales.length, length / blocks.blockSize);
    assert.equal(
      blocks.mins?.length ?? 0,
      /_1|[45]_K/.test(name) ? length / blocks.blockSize : 0,
    );
  });
}

Deno.test("every supported type has a golden tensor", () => {
  assert.equal(start, golden.length);
  assert.deepEqual(
    new Set([...file.tensors.values()].map((t) => t.format.name)),
    new Set([...QUANT_FORMATS.values()].map((f) => f.name)),
  );
});
