import assert from "node:assert/strict";
import type { ChatMessage } from "../../../io/tokenizer/chat_template.ts";
import { FormatError } from "../../../io/format_error.ts";
import { jinjaTemplate } from "../../../io/tokenizer/jinja_template.ts";
import { fixture } from "../fixture.ts";

interface Golden {
  readonly name: string;
  readonly template: string;
  readonly bos: string;
  readonly eos: string;
  readonly cases: readonly {
    readonly messages: readonly ChatMessage[];
    readonly text: string;
  }[];
}

const goldens: Golden[] = JSON.parse(
  await Deno.readTextFile(fixture("tokenizer/templates.json")),
);

for (const golden of goldens) {
  const { name, template, bos, eos, cases } = golden;
  const build = (addBos: boolean) =>
    jinjaTemplate(template, { bosToken: bos, eosToken: eos, addBos }, "m");

  Deno.test(`jinjaTemplate() renders what transformers does: ${name}`, () => {
    for (const { messages, text } of cases) {
      assert.equal(build(false).render(messages), text);
      const withoutBos = text.startsWith(bos) ? text.slice(bos.length) : text;
      assert.equal(build(true).render(messages), withoutBos);
    }
  });
}

Deno.test("jinjaTemplate() names the file of a template that does not parse", () => {
  assert.throws(
    () =>
      jinjaTemplate("{% if %}", {
        bosToken: "",
        eosToken: "",
        addBos: false,
      }, "model.gguf"),
    (error) =>
      error instanceof FormatError &&
      error.message.startsWith('Cannot read "model.gguf": its chat template'),
  );
});
