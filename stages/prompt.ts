import { of } from "rxjs";
import { z } from "zod";
import { single } from "../core/port.ts";
import { defineStage } from "../core/stage.ts";
import type { LanguageModel } from "../kernels/language_model.ts";
import { chatParts, plainParts, type PromptParts } from "./chat_parts.ts";
import { promptTail } from "./prompt_tail.ts";
import { Model, Prompt, Text } from "./types.ts";
import { withSingles } from "./with_singles.ts";

const plainTemplate = "\n\nQuestion: {question}\nAnswer:";

/** Options of `prompt`. */
export const PromptOptions = z.strictObject({
  form: z.enum(["auto", "chat", "plain", "raw"]).default("auto").describe(
    "chat: the model's chat template; plain: the template option; raw: an empty line, then the question as it is; auto: chat where the model has a template, else plain",
  ),
  system: z.string().optional().describe("system message, chat form only"),
  template: z.string().optional().describe(
    "text around {question} in the plain form, and in the user's turn of the chat form; with {document}, also the text before the document; without: an empty line, then 'Question: {question}' and 'Answer:' in the plain form, an empty line and the question in the chat form",
  ),
  stop: z.union([z.literal("auto"), z.array(z.string().min(1))]).default("auto")
    .describe(
      "texts that end the answer, beside the model's own stop tokens; auto: none in the chat form, an empty line in the others",
    ),
  answerPrefix: z.string().default("").describe(
    "how the answer begins: the model goes on from it, and it is no part of what it writes; scored as part of the question in the raw form only",
  ),
  questionFirst: z.boolean().default(false).describe(
    "asks the question before every chunk, too: it ends the lead, with an empty line behind it",
  ),
});

/** Encodes the question and the template around document and question. */
export const prompt = defineStage({
  name: "prompt",
  summary: "The question and the template around it, as token ids",
  inputs: { question: single(Text), model: single(Model) },
  outputs: { prompt: single(Prompt) },
  options: PromptOptions,
  run: (inputs, options) => ({
    prompt: withSingles(
      { question: inputs.question, model: inputs.model },
      ({ question, model }) => of(buildPrompt(model, question.text, options)),
    ),
  }),
});

/** Builds a {@linkcode Prompt}. An empty question and a chat form without a template are a `RangeError`. */
export function buildPrompt(
  model: Pick<LanguageModel, "config" | "tokenizer" | "chatTemplate">,
  question: string,
  options: z.output<typeof PromptOptions>,
): Prompt {
  if (question.trim() === "") {
    throw new RangeError("The question is empty; ask one");
  }
  const { tokenizer } = model;
  const parts = promptParts(model, options);
  const { answerPrefix, questionFirst } = options;
  const head = Int32Array.from([
    ...tokenizer.encodeTemplate(parts.head),
    ...questionFirst ? tokenizer.encode(`${question.trim()}\n\n`) : [],
  ]); // [lead]
  const raw = options.form === "raw"; // a completion: the model was asked all of it
  const asked = raw ? withPrefix(question, answerPrefix) : question;
  const end = parts.after === "" ? asked : parts.after;
  const tail = promptTail(tokenizer, parts.between, asked, {
    template: parts.after,
    plain: raw ? "" : withPrefix(end, answerPrefix).slice(end.length),
  });
  return {
    question,
    lead: withBos(head, model), // [lead]
    tail: tail.ids, // [rows]
    scored: tail.scored,
    stop: options.stop === "auto"
      ? isChat(model, options.form) ? [] : ["\n\n"]
      : options.stop,
  };
}

function isChat(
  model: Pick<LanguageModel, "chatTemplate">,
  form: z.output<typeof PromptOptions>["form"],
): boolean {
  return form === "chat" || form === "auto" && model.chatTemplate !== undefined;
}

function promptParts(
  model: Pick<LanguageModel, "chatTemplate">,
  { form, system, template }: z.output<typeof PromptOptions>,
): PromptParts {
  if (!isChat(model, form)) {
    return plainParts(
      form === "raw" ? "\n\n{question}" : template ?? plainTemplate,
    );
  }
  if (!model.chatTemplate) {
    throw new RangeError(
      "The model has no chat template; use form: plain or form: raw",
    );
  }
  const turn = template === undefined ? undefined : plainParts(template);
  return chatParts(model.chatTemplate, system, turn);
}

/** A text and what it goes on with, a blank between them where neither has white space. */
function withPrefix(text: string, prefix: string): string {
  if (prefix === "") return text;
  if (/\s$/.test(text)) return text + prefix.trimStart();
  return /^\s/.test(prefix) ? text + prefix : `${text} ${prefix}`;
}

/** Exactly one BOS, also where the template writes it itself. */
function withBos(
  head: Int32Array,
  { config }: Pick<LanguageModel, "config">,
): Int32Array {
  if (!config.addBos || config.bosId === null) return head;
  return head[0] === config.bosId
    ? head
    : Int32Array.from([config.bosId, ...head]);
}
