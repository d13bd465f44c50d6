import assert from "node:assert/strict";
import {
  book,
  haystackOf,
  sentencesFrom,
} from "../../../eval/tasks/haystack.ts";
import {
  haystackFiles,
  readHaystack,
} from "../../../eval/tasks/read_haystack.ts";
import { withFolder, writeFile } from "../../cli/documents.ts";

const text = `One two.  "Three\nfour!" Five six? Seven`;

Deno.test("haystackOf() finds words and the starts of sentences", () => {
  const { words, starts } = haystackOf(text);
  assert.equal(words.join(" "), `One two. "Three four!" Five six? Seven`);
  assert.deepEqual(starts, [0, 2, 4, 6]);
  assert.throws(() => haystackOf(" \n"), /no words/);
});

Deno.test("sentencesFrom() cuts the last sentence, and begins again at the end", () => {
  const haystack = haystackOf(text);
  const from = (start: number, count: number) =>
    sentencesFrom(haystack, start, count);
  assert.deepEqual(from(0, 3), ["One two.", `"Three`]);
  assert.deepEqual(from(4, 2), ["Five six?"]);
  assert.deepEqual(from(4, 6), ["Five six?", "Seven", "One two.", `"Three`]);
  assert.deepEqual(from(6, 8).slice(0, 2), ["Seven", "One two."]);
  assert.equal(from(2, 30).join(" ").split(" ").length, 30);
});

Deno.test("book() is Moby-Dick", () => {
  assert.match(book(), /Call me Ishmael\. Some years ago/);
  assert(haystackOf(book()).words.length > 200_000);
});

Deno.test("haystackFiles() and readHaystack() read a text, a folder by names, and RULER's essays", async () => {
  await withFolder(async (folder) => {
    const words = async (path: string) =>
      (await readHaystack(await haystackFiles(path))).words.join(" ");
    const file = await writeFile(folder, "b.txt", "Second\none.");
    await writeFile(folder, "a.md", "First one.");
    await writeFile(folder, "c.csv", "no text");
    assert.equal(await words(file), "Second one.");
    assert.equal(await words(folder), "First one. Second one.");
    const json = await writeFile(
      folder,
      "PaulGrahamEssays.json",
      '{"text":"An essay."}',
    );
    assert.equal(await words(json), "An essay.");
    const wrong = await writeFile(folder, "wrong.json", "[]");
    await assert.rejects(readHaystack([wrong]), /wrong\.json/);
  });
  await withFolder((folder) =>
    assert.rejects(haystackFiles(folder), /has no \.txt or \.md files/)
  );
  assert((await readHaystack()).words.length > 200_000);
});
