import assert from "node:assert/strict";
import { buildPrompt, PromptOptions } from "../../stages/mod.ts";
import { promptTail } from "../../stages/prompt_tail.ts";
import { askedChunks, fakeCase } from "./fake_case.ts";
import { FakeModel } from "./fake_model.ts";
import { fakeSpecials, fakeTokenizer } from "./fake_tokenizer.ts";

const text = (ids: Int32Array) =>
  [...ids].map((id) =>
    Object.keys(fakeSpecials).find((k) => fakeSpecials[k] === id) ??
      String.fromCharCode(id)
  ).join("");
const build = (
  options: Parameters<typeof PromptOptions.parse>[0],
  question = "Who?",
  model = new FakeModel({ chat: true }),
) => buildPrompt(model, question, PromptOptions.parse(options));

Deno.test("buildPrompt() uses the chat template where the model has one", () => {
  const prompt = build({ system: "Be brief." });
  assert.equal(
    text(prompt.lead),
    "<bos><turn>system\nBe brief.<end>\n<turn>user\n",
  );
  assert.equal(text(prompt.tail), "\n\nWho?<end>\n<turn>assistant\n");
  assert.equal(text(prompt.tail.subarray(...prompt.scored)), "Who?");
});

Deno.test("buildPrompt() uses the plain template where the model has none", () => {
  const prompt = build({}, "Who?", new FakeModel());
  assert.equal(text(prompt.lead), "<bos>");
  assert.equal(text(prompt.tail), "\n\nQuestion: Who?\nAnswer:");
  assert.equal(text(prompt.tail.subarray(...prompt.scored)), "Who?");
});

Deno.test("buildPrompt() takes the question as it is in raw form", () => {
  const prompt = build({ form: "raw" }, "The key is");
  assert.equal(text(prompt.tail), "\n\nThe key is");
  assert.equal(text(prompt.tail.subarray(...prompt.scored)), "The key is");
});

Deno.test("buildPrompt() ends a completion at an empty line unless told otherwise", () => {
  assert.deepEqual(build({ form: "raw" }).stop, ["\n\n"]);
  assert.deepEqual(build({ form: "plain" }).stop, ["\n\n"]);
  assert.deepEqual(build({ form: "chat" }).stop, []);
  assert.deepEqual(build({ form: "raw", stop: [] }).stop, []);
});

Deno.test("buildPrompt() puts a plain template's text before the document into the lead", () => {
  const prompt = build({
    form: "plain",
    template: "<turn>Read:\n{document}\n{question}=",
  });
  assert.equal(text(prompt.lead), "<bos><turn>Read:\n");
  assert.equal(text(prompt.tail), "\nWho?=");
});

Deno.test("buildPrompt() puts a template into the user's turn of the chat form", () => {
  const prompt = build({
    form: "chat",
    template: "Read:\n{document}\nNow {question}!",
  });
  assert.equal(text(prompt.lead), "<bos><turn>user\nRead:\n");
  assert.equal(text(prompt.tail), "\nNow Who?!<end>\n<turn>assistant\n");
  assert.equal(text(prompt.tail.subarray(...prompt.scored)), "Who?");
});

Deno.test("buildPrompt() never turns question text into special tokens", () => {
  for (const form of ["chat", "plain", "raw"]) {
    const prompt = build({ form }, "<end><bos><turn>");
    const scored = prompt.tail.subarray(...prompt.scored);
    assert.deepEqual(scored, fakeTokenizer.encode("<end><bos><turn>"), form);
  }
});

Deno.test("buildPrompt() lets the model go on from the answer's beginning", () => {
  const answerPrefix = "The key is";
  const raw = build({ form: "raw", answerPrefix });
  assert.equal(text(raw.tail), "\n\nWho? The key is");
  assert.equal(text(raw.tail.subarray(...raw.scored)), "Who? The key is");
  assert.equal(raw.question, "Who?");
  for (const prefix of [answerPrefix, ` ${answerPrefix}`]) {
    const plain = build({ form: "plain", answerPrefix: prefix });
    assert.equal(
      text(plain.tail),
      "\n\nQuestion: Who?\nAnswer: The key is",
    );
    assert.equal(text(plain.tail.subarray(...plain.scored)), "Who?");
    const chat = build({ form: "chat", answerPrefix: prefix });
    assert.equal(
      text(chat.tail),
      "\n\nWho?<end>\n<turn>assistant\nThe key is",
    );
    assert.equal(text(chat.tail.subarray(...chat.scored)), "Who?");
  }
  const bare = build({ form: "plain", template: "{question}", answerPrefix });
  assert.equal(text(bare.tail), "Who? The key is");
  assert.equal(text(bare.tail.subarray(...bare.scored)), "ho?"); // the first is never scored
});

Deno.test("buildPrompt() never turns an answer's beginning into special tokens", () => {
  for (const form of ["chat", "plain", "raw"]) {
    const { tail } = build({ form, answerPrefix: "<end>" });
    const { length } = fakeTokenizer.encode("<end>");
    const last = tail.subarray(-length);
    assert.deepEqual(last, fakeTokenizer.encode("<end>"), form);
  }
});

Deno.test("row 7: buildPrompt() starts a chunk with exactly one BOS", () => {
  const bos = fakeSpecials["<bos>"];
  const twice = new FakeModel();
  const template = {
    render: (m: readonly { content: string }[]) =>
      `<bos>[${m.at(-1)!.content}]`,
  };
  for (
    const prompt of [
      build({ form: "plain" }),
      build({ form: "chat" }),
      build(
        { form: "chat" },
        "Who?",
        Object.assign(twice, { chatTemplate: template }),
      ),
    ]
  ) assert.equal(prompt.lead.filter((id) => id === bos).length, 1);
  const without = build(
    { form: "raw" },
    "Who?",
    new FakeModel({ config: { addBos: false } }),
  );
  assert.equal(without.lead.length, 0);
});

Deno.test("buildPrompt() says why it cannot build a prompt", () => {
  assert.throws(() => build({}, " \n"), {
    name: "RangeError",
    message: /question is empty/,
  });
  assert.throws(() => build({ form: "chat" }, "Who?", new FakeModel()), {
    message: /no chat template; use form: plain/,
  });
  assert.throws(() => build({ form: "plain", template: "no mark" }), {
    message: /'no mark' must contain \{question\} exactly once/,
  });
  const deaf = Object.assign(new FakeModel(), {
    chatTemplate: { render: () => "nothing" },
  });
  assert.throws(() => build({}, "Who?", deaf), {
    message: /exactly once; use form: plain/,
  });
});

Deno.test("promptTail() never scores the first token of a tail", () => {
  const tail = promptTail(fakeTokenizer, "", "Who?");
  assert.deepEqual(tail.scored, [1, 4]);
  assert.deepEqual(promptTail(fakeTokenizer, "", "?").scored, [1, 1]);
});

Deno.test("row 3: every chunk is followed by the question's ids", async () => {
  const test = await fakeCase();
  await askedChunks(test, { onePass: true });
  const items = test.model.batches.flat();
  assert(items.length > 2);
  for (const item of items) assert.deepEqual(item.tail, test.prompt.tail);
  assert.equal(text(test.prompt.tail), "\n\nQuestion: Who was it?\nAnswer:");
});

Deno.test("buildPrompt() puts the question before the document too, where it is asked to", () => {
  const prompt = build({ form: "raw", questionFirst: true }, "The key is ");
  assert.equal(text(prompt.lead), "<bos>The key is\n\n");
  assert.equal(text(prompt.tail), "\n\nThe key is ");
});

Deno.test("buildPrompt() takes no special token from a question before the document", () => {
  const asked = "Is <turn> a token?";
  const { lead } = build({ form: "plain", questionFirst: true }, asked);
  assert.equal(lead.length, 1 + asked.length + 2); // BOS, letters, empty line
});
