import {
  type Chunk,
  type KvCache,
  type LanguageModel,
  type Prompt,
  randomModel,
  smallConfig,
  type TokenizedDocument,
} from "../../mod.ts";
import { letters } from "./letters.ts";

/** A small random model, a question, and the chunks of a document. */
export interface Setting {
  readonly name: string;
  readonly model: LanguageModel;
  readonly tokens: TokenizedDocument;
  readonly prompt: Prompt;
  readonly chunks: readonly Chunk[];
}

const document =
  "The key of Anna is 7190. She hid it in the well.\nNobody saw her go there. " +
  "The captain of the ship was Bob, a man of few words.\nHis hat was red. " +
  "In May the ship left; its name was Ada.\nThe key of Bob was lost at sea. ";
const question = "Whose key was it?";
const lead = letters.encode("\0Q:"); // BOS, then the template's head
const sizes = [75, 61, document.length - 136];

/** Heads that share keys and values: 2 in a group, 1 in a group, all in one group. */
export const shapes: Readonly<Record<string, { readonly kvHeads: number }>> = {
  GQA: { kvHeads: 2 },
  MHA: { kvHeads: 4 },
  MQA: { kvHeads: 1 },
};

/** A model of one shape with seeded weights, whose caches are prefilled in one call. */
export async function openSetting(
  name: string,
  { workers = 1 }: { readonly workers?: number } = {},
): Promise<Setting> {
  const config = { ...smallConfig, ...shapes[name]!, window: 256 };
  const model = await randomModel({ config, workers, tokenizer: letters });
  return { name, model, ...documentOf(sizes) };
}

/** The document's beginning, cut into chunks of the given numbers of tokens. */
export function documentOf(
  sizes: readonly number[],
): Pick<Setting, "tokens" | "prompt" | "chunks"> {
  const length = sizes.reduce((a, b) => a + b, 0);
  const text = document.slice(0, length);
  const source = { name: "document", text };
  let from = 0;
  const chunks = sizes.map((size, index): Chunk => {
    const [byteStart, byteEnd] = [from, from += size];
    return {
      index,
      count: sizes.length,
      lead,
      tokens: letters.encode(text.slice(byteStart, byteEnd)),
      byteStart,
      byteEnd,
      line: text.slice(0, byteStart).split("\n").length,
    };
  });
  const tail = letters.encode(`\n${question}\nA:`);
  return {
    tokens: { source, ...letters.encodeWithOffsets(text) },
    prompt: {
      question,
      lead,
      tail,
      scored: [1, 1 + question.length],
      stop: [],
    },
    chunks,
  };
}

/** The KV caches of a setting's chunks, prefilled in one call. */
export async function prefillChunks(
  { model, chunks }: Setting,
): Promise<readonly KvCache[]> {
  const items = chunks.map(({ lead, tokens }) => ({
    ids: Int32Array.of(...lead, ...tokens),
  }));
  return (await model.prefill(items)).map(({ cache }) => cache);
}
