import assert from "node:assert/strict";
import { commonWords, englishWords } from "../../../eval/tasks/words.ts";

Deno.test("commonWords() and englishWords() are different words of four letters and more", () => {
  assert.equal(commonWords().length, 10_404);
  assert.equal(englishWords().length, 37_494);
  assert.deepEqual(englishWords().slice(0, 10_404), commonWords());
  assert.equal(new Set(englishWords()).size, 37_494);
  for (const word of englishWords()) assert.match(word, /^[a-z]{4,}$/);
});
