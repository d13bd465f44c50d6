import assert from "node:assert/strict";
import type { EvalCase } from "../../../eval/eval_case.ts";
import { perplexitySuite } from "../../../eval/suites/perplexity.ts";
import { textDocuments } from "../../../eval/suites/text_documents.ts";
import { tokenText } from "../../../eval/suites/token_text.ts";
import type { CaseChoice } from "../../../eval/suite.ts";
import { modelPath } from "../../../io/bundled_model.ts";
import { openModel } from "../../../io/open_model.ts";
import { withFolder } from "./made_folder.ts";

// The tokenizer stays when the file is closed.
await using model = await openModel(modelPath("tiny"));
const { tokenizer } = model;
const count = (text: string) => tokenizer.encode(text).length;

/** Different words, so that every place in a text is known by its words. */
const words = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => `${name} ${i} says.`).join(" ");

async function casesOf(
  data: string | undefined,
  choice: CaseChoice = {},
): Promise<EvalCase[]> {
  const tools = { tokenizer, ...(data !== undefined && { data }) };
  return await Array.fromAsync(perplexitySuite.cases(choice, tools));
}

Deno.test("perplexity measures the same text after contexts of every length", async () => {
  const lengths = [1024, 2048, 4096];
  const cases = await casesOf(undefined, { lengths, seeds: [0, 1, 2] });
  assert.equal(cases.length, 9);
  for (const { seed, length, document, question, expected } of cases) {
    const same = cases.filter((other) => other.seed === seed);
    for (const other of same) {
      assert.deepEqual(other.expected, expected);
      assert.equal(other.question, question);
      const [long, short] = other.document.length > document.length
        ? [other.document, document]
        : [document, other.document];
      assert.ok(long.endsWith(short));
    }
    // 256 measured and 64 asked, as tokens of the whole text.
    assert.ok(Math.abs(count(expected[0]!) - 256) <= 2);
    assert.ok(Math.abs(count(question) - 64) <= 2);
    const used = 1 + count(document) + count(question) +
      Math.max(count(expected[0]!), 256);
    assert.ok(used <= length! && used >= length! - 8, `${used} of ${length}`);
  }
  assert.equal(new Set(cases.map(({ expected }) => expected[0])).size, 3);
});

Deno.test("perplexity asks with the text that stands before what is measured", async () => {
  const text = words(2000, "Anna");
  await withFolder({ "book.txt": text }, async (folder) => {
    const [last] = await casesOf(folder, { lengths: [1024], seeds: [0] });
    const { document, question, expected, files, id } = last!;
    assert.ok(text.endsWith(document + question + expected[0]));
    assert.equal(id, "continuation/1024/book/0");
    assert.equal(files![0]!.name, "book.txt");
  });
});

Deno.test("perplexity goes round the documents and leaves out places that are too near their beginning", async () => {
  const files = {
    "b.txt": words(3000, "Berta"),
    "a.content": words(900, "Anna"),
    "left.out": "x",
  };
  await withFolder(files, async (folder) => {
    const shown = (cases: readonly EvalCase[]) =>
      cases.map(({ id }) => id.split("/").slice(2).join("/"));
    const short = await casesOf(folder, { lengths: [1024], seeds: [0, 1, 2] });
    assert.deepEqual(shown(short), ["a/0", "b/1", "a/2"]);
    const total = count(files["a.content"]);
    const long = await casesOf(folder, { lengths: [total], seeds: [0, 1, 2] });
    assert.deepEqual(shown(long), ["a/0", "b/1"]);
    const one = await casesOf(folder, { lengths: [1024], limit: 1 });
    assert.deepEqual(shown(one), ["a/0"]);
    await assert.rejects(casesOf(folder, { lengths: [10 ** 6] }), {
      name: "RangeError",
      message: /^No text has 1000000 tokens .* the longest has \d+$/,
    });
    await assert.rejects(casesOf(folder, { lengths: [512] }), {
      message: /^Lengths begin at 640: /,
    });
  });
});

Deno.test("textDocuments() reads the different texts of a JSON lines file, and says what it cannot", async () => {
  const files = {
    "narrativeqa.jsonl": [
      { input: "Who?", context: "A story" },
      { input: "Why?", context: "A story" },
      { text: "Another", short_book_title: "x" },
    ],
    "bad.jsonl": [{ text: "A" }, { input: "x" }],
    "none.jsonl": "\n",
    "empty/x.pdf": "x",
  };
  await withFolder(files, async (folder) => {
    const found = await textDocuments(`${folder}/narrativeqa.jsonl`);
    assert.deepEqual(found.map(({ name, text }) => [name, text]), [
      ["narrativeqa-1", "A story"],
      ["narrativeqa-3", "Another"],
    ]);
    await assert.rejects(textDocuments(`${folder}/bad.jsonl`), {
      name: "SyntaxError",
      message: /bad\.jsonl:2: /,
    });
    await assert.rejects(textDocuments(`${folder}/none.jsonl`), {
      message: /none\.jsonl' has no records$/,
    });
    await assert.rejects(textDocuments(`${folder}/empty`), {
      message: /has no \.txt, \.md or \.content files/,
    });
  });
});

Deno.test("tokenText() cuts between tokens and never inside a character", () => {
  const text = "Naïve 東京 🙂🙂 text";
  const cut = tokenText(text, tokenizer);
  assert.equal(cut.length, count(text));
  for (let at = 0; at <= cut.length; at++) {
    const [head, tail] = [cut.slice(0, at), cut.slice(at, cut.length)];
    assert.equal(head + tail, text);
    assert.ok(!(head + "|" + tail).includes("\ufffd"));
  }
});
