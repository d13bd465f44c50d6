import assert from "node:assert/strict";
import fc from "fast-check";
import { Utf8Stream } from "../../../io/files/utf8_stream.ts";
import { anyText } from "../any_text.ts";

Deno.test("Utf8Stream.push() gives whole characters however bytes are cut", () => {
  const text = anyText(40)
    .map((s) => s.toWellFormed());
  fc.assert(
    fc.property(text, fc.array(fc.nat(6)), (whole, cuts) => {
      const bytes = new TextEncoder().encode(whole);
      const stream = new Utf8Stream();
      let out = "";
      let at = 0;
      for (const cut of [...cuts, bytes.length]) {
        const piece = stream.push(bytes.subarray(at, at + cut));
        assert.ok(piece.isWellFormed());
        at = Math.min(bytes.length, at + cut);
        out += piece;
      }
      assert.equal(out + stream.flush(), whole);
    }),
    { seed: 1 },
  );
});

Deno.test("Utf8Stream.flush() turns a character's lone beginning into U+FFFD", () => {
  const stream = new Utf8Stream();
  assert.equal(stream.push(Uint8Array.of(0x61, 0xf0, 0x9f)), "a");
  assert.equal(stream.push(Uint8Array.of(0x98)), "");
  assert.equal(stream.flush(), "\ufffd");
  assert.equal(stream.push(Uint8Array.of(0x62)), "b");
});

Deno.test("Utf8Stream keeps a byte order mark, which is a character to a model", () => {
  const stream = new Utf8Stream();
  assert.equal(stream.push(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
});
