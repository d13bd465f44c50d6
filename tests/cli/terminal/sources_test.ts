import assert from "node:assert/strict";
import { describeSources } from "../../../cli/terminal/sources.ts";

const chunk = { line: 1, byteStart: 0, byteEnd: 9, score: null };

Deno.test("describeSources() never says that an answer stands on no entry of a chunk", () => {
  const entriesBefore = 222;
  const said = describeSources([
    { ...chunk, chunk: 3, entries: 0.125, entriesBefore },
    { ...chunk, chunk: 4, entries: 1.25, entriesBefore },
    { ...chunk, chunk: 5, entries: 39.5, entriesBefore },
  ]);
  assert.deepEqual(
    said.split("\n").slice(1, -1).map((line) => line.trim().split("  ").at(-1)),
    [
      "under 1 of 222 entries",
      "1 of 222 entries",
      "40 of 222 entries",
    ],
  );
  assert.equal(describeSources([]), "");
});
