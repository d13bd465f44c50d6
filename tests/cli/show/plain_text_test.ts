import assert from "node:assert/strict";
import { plainText } from "../../../cli/show/plain_text.ts";

Deno.test("plainText() leaves nothing that a terminal obeys but line ends and tabs", () => {
  assert.equal(
    plainText("a\u001b[2J\u0007\tb\r\nc\u009b1m\u007f\u202ed\n"),
    "a\u241b[2J\u2407\tb\nc\ufffd1m\u2421\ufffdd\n",
  );
});
