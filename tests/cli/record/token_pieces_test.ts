import assert from "node:assert/strict";
import { tokenPieces } from "../../../cli/record/token_pieces.ts";
import type { TokenizedDocument } from "../../../mod.ts";

const document: TokenizedDocument = {
  source: { name: "a.txt", text: "abcdefghij" },
  ids: Int32Array.of(1, 2, 3, 4, 5),
  byteEnds: Uint32Array.of(1, 3, 6, 6, 10),
};
const chunk = (tokens: readonly number[], byteStart: number) => ({
  index: 0,
  count: 1,
  lead: Int32Array.of(0),
  tokens: Int32Array.from(tokens),
  byteStart,
  byteEnd: 10,
  line: 1,
});

Deno.test("tokenPieces() gives the bytes of a stretch of tokens", () => {
  assert.deepEqual(tokenPieces(chunk([2, 3, 4], 1), document), [
    { byteStart: 1, lengths: [2, 3, 0] },
  ]);
});

Deno.test("tokenPieces() finds a head and a tail, and says nothing of ids that are not the document's", () => {
  assert.deepEqual(tokenPieces(chunk([1, 5], 0), document), [
    { byteStart: 0, lengths: [1] },
    { byteStart: 6, lengths: [4] },
  ]);
  assert.equal(tokenPieces(chunk([1, 9], 0), document), undefined);
});
