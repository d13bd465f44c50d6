import assert from "node:assert/strict";
import { frequencies } from "../../../eval/tasks/frequent_words.ts";
import { niahTasks } from "../../../eval/tasks/niah_tasks.ts";
import { lineCount, needleStructure } from "./needle_structure.ts";
import { ownCase, rulerCases } from "./ruler_case.ts";
import { variableStructure } from "./variable_structure.ts";
import { wordListStructure } from "./word_list_structure.ts";

for (const { name } of niahTasks) {
  Deno.test(`${name} has the structure of RULER's own prompts`, async () => {
    const published = await rulerCases([name]);
    assert.equal(published.length, 2);
    for (const [seed, theirs] of published.entries()) {
      const ours = await ownCase(theirs, seed);
      assert.deepEqual(needleStructure(ours), needleStructure(theirs));
      // RULER tries sizes 25 lines apart below 4,096 tokens; here the last line counts.
      const lines = lineCount(ours) - lineCount(theirs);
      assert(lines >= 0 && lines <= 25, `${lines} lines more`);
    }
  });
}

Deno.test("vt has the structure of RULER's own prompts, the solved example with it", async () => {
  const published = await rulerCases(["vt"]);
  assert.equal(published.length, 2);
  for (const [seed, theirs] of published.entries()) {
    const ours = await ownCase(theirs, seed);
    assert.deepEqual(variableStructure(ours), variableStructure(theirs));
    assert.equal(variableStructure(ours).chain.lines.length, 5);
    const example = ({ prompt }: typeof ours) =>
      lineCount({ ...ours, prompt: prompt.split("\n\nMemorize")[0]! });
    assert.equal(example(ours), example(theirs));
  }
});

Deno.test("cwe has the word frequencies of RULER's own prompts, below 4,096 tokens and above", async () => {
  const published = await rulerCases(["cwe"]);
  assert.deepEqual(published.map((c) => c.maxSeqLength), [2048, 4096]);
  for (const [seed, theirs] of published.entries()) {
    const ours = await ownCase(theirs, seed);
    assert.deepEqual(wordListStructure(ours), wordListStructure(theirs));
  }
});

Deno.test("fwe has the word frequencies of RULER's own prompts", async () => {
  const published = await rulerCases(["fwe"]);
  assert.deepEqual(published.map((c) => c.maxSeqLength), [1024, 1024, 4096]);
  for (const [seed, theirs] of published.entries()) {
    for (const { prompt, outputs } of [theirs, await ownCase(theirs, seed)]) {
      const [, lead, context, tail] =
        /^(Read .*? words\. )(.*)(\nQuestion: .*)$/s.exec(prompt)!;
      const counts = Map.groupBy(context!.split(" "), (word) => word);
      const ranked = [...counts].map(([word, all]) => ({
        word,
        count: all.length,
      }))
        .sort((a, b) => b.count - a.count);
      const [dots, ...words] = ranked;
      assert.equal(dots!.word, "...");
      assert(words.every(({ word }) => /^[a-z]{6}$/.test(word)));
      for (const [i, output] of outputs.entries()) {
        assert.equal(counts.get(output)!.length, words[i]!.count);
      }
      const sizes = Array.from({ length: 4096 }, (_, size) => size);
      const found = ranked.map(({ count }) => count).join();
      const size = sizes.find((size) =>
        frequencies(Math.floor((theirs.maxSeqLength - 50) / 50), size)
          .filter((count) => count > 0).join() === found
      );
      assert.notEqual(size, undefined, found);
      const [first] = published;
      assert(first!.prompt.startsWith(lead!) && first!.prompt.endsWith(tail!));
    }
  }
});
