import assert from "node:assert/strict";
import { gunzip, gzip } from "../../../io/files/gzip.ts";

const text = '{"case":"ä"}\n'.repeat(100);
const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("gzip() makes the same bytes of the same text, without time, name or system", async () => {
  const packed = gzip(text);
  assert(packed.length < text.length / 5);
  const [flags, time, system] = [packed[3], packed.slice(4, 8), packed[9]];
  assert.deepEqual([flags, [...time], system], [0, [0, 0, 0, 0], 255]);
  assert.deepEqual(gzip(text), packed);
  assert.deepEqual(await gunzip(packed.slice()), bytesOf(text));
});

Deno.test("gunzip() leaves what is not packed, and refuses what is torn", async () => {
  for (const plain of ["", "\u001f", text]) {
    assert.deepEqual(await gunzip(bytesOf(plain)), bytesOf(plain));
  }
  const packed = gzip(text);
  await assert.rejects(gunzip(packed.slice(0, -9)), TypeError);
});
