import assert from "node:assert/strict";
import fc from "fast-check";
import { FormatError } from "../../io/format_error.ts";
import { ggufModel } from "../../io/gguf/open_gguf.ts";
import { readSafetensors } from "../../io/huggingface/safetensors.ts";
import { TensorWeights } from "../../io/tensor_weights.ts";
import { fixture } from "./fixture.ts";
import { memorySource, recording } from "./recording_source.ts";

const gguf = await Deno.readFile(fixture("model.gguf"));
const safetensors = await Deno.readFile(
  fixture("folder/model-00001-of-00002.safetensors"),
);
/** Where the tensors' data begin; before it every byte means something. */
const GGUF_HEADER = 9408;
const FAMILY_HEADER = 5500;
const SAFETENSORS_HEADER = 1760;

/** Damage: bytes set to random or telling values, and perhaps a cut. */
function damaged(
  bytes: Uint8Array,
  header: number,
): fc.Arbitrary<Uint8Array> {
  const flip = fc.record({
    at: fc.nat(header),
    value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
    run: fc.constantFrom(1, 1, 1, 4, 8),
  });
  return fc.record({
    flips: fc.array(flip, { minLength: 1, maxLength: 4 }),
    end: fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length)),
  }).map(({ flips, end }) => {
    const copy = bytes.slice();
    for (const { at, value, run } of flips) copy.fill(value, at, at + run);
    return copy.slice(0, end);
  });
}

/** Opens and reads everything; only `FormatError` may come out. */
async function survives(
  bytes: Uint8Array,
  open: (source: ReturnType<typeof memorySource>) => Promise<void>,
): Promise<boolean> {
  const { source, reads } = recording(memorySource(bytes));
  try {
    await open(source);
    return true;
  } catch (error) {
    assert.ok(
      error instanceof FormatError,
      error instanceof Error ? error.stack : String(error),
    );
    assert.ok(!error.message.includes("\n"));
    return false;
  } finally {
    for (const { offset, length } of reads) {
      assert.ok(offset >= 0 && offset + length <= bytes.length);
    }
  }
}

async function openGguf(source: ReturnType<typeof memorySource>) {
  await using model = await ggufModel(source);
  for (const name of model.weights.names) await model.weights.read(name);
  model.tokenizer.encode("some text");
}

async function openSafetensors(source: ReturnType<typeof memorySource>) {
  const weights = new TensorWeights(await readSafetensors(source));
  for (const name of weights.names) await weights.readDense(name);
}

Deno.test("ggufModel() survives any damage with a FormatError or a model", async () => {
  assert.ok(await survives(gguf, openGguf));
  await fc.assert(
    fc.asyncProperty(damaged(gguf, GGUF_HEADER), async (bytes) => {
      await survives(bytes, openGguf);
    }),
    { numRuns: 600, seed: 7 },
  );
});

for (const name of ["phi3_q4_0", "gemma3"]) {
  Deno.test(`ggufModel() survives any damage to ${name}`, async () => {
    const file = new URL(`../fixtures/gguf/${name}.gguf`, import.meta.url);
    const bytes = await Deno.readFile(file);
    assert.ok(await survives(bytes, openGguf));
    await fc.assert(
      fc.asyncProperty(damaged(bytes, FAMILY_HEADER), async (bytes) => {
        await survives(bytes, openGguf);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
}

Deno.test("readSafetensors() survives any damage with a FormatError or tensors", async () => {
  assert.ok(await survives(safetensors, openSafetensors));
  await fc.assert(
    fc.asyncProperty(
      damaged(safetensors, SAFETENSORS_HEADER),
      async (bytes) => {
        await survives(bytes, openSafetensors);
      },
    ),
    { numRuns: 600, seed: 7 },
  );
});
