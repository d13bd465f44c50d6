import { join } from "node:path";
import type { ChatTemplate } from "../tokenizer/chat_template.ts";
import {
  type HfGenerationConfig,
  hfGenerationConfig,
  type HfTokenizerConfig,
  hfTokenizerConfig,
} from "./hf_config_schema.ts";
import { jinjaTemplate } from "../tokenizer/jinja_template.ts";
import { readJson, readJsonIfAny } from "../files/json_file.ts";
import { JsonTokenizer } from "../tokenizer/json_tokenizer.ts";
import { tokenizerJson } from "../tokenizer/tokenizer_json.ts";
import { readWhole } from "../files/whole_file.ts";

/** What the files of a folder say of texts, whatever the model is written as. */
export interface FolderTexts {
  readonly tokenizer: JsonTokenizer;
  /** Whether the tokenizer's own post-processor starts texts with this id. */
  readonly startsWith: (id: number) => boolean;
  readonly tokenizerConfig: HfTokenizerConfig | undefined;
  readonly generation: HfGenerationConfig | undefined;
  /** The chat template; nothing where there is none. */
  chatTemplate(addBos: boolean): ChatTemplate | undefined;
}

/**
 * Reads `tokenizer.json`, and of `tokenizer_config.json`, `generation_config.json` and `chat_template.jinja` those that
 * are there.
 *
 * @throws {FormatError} If one of them is damaged.
 */
export async function readFolderTexts(
  folder: string,
  names: ReadonlySet<string>,
): Promise<FolderTexts> {
  const file = (name: string) => join(folder, name);
  const generation = await readJsonIfAny(
    file("generation_config.json"),
    hfGenerationConfig,
  );
  const tokenizerConfig = await readJsonIfAny(
    file("tokenizer_config.json"),
    hfTokenizerConfig,
  );
  const tokenizer = new JsonTokenizer(
    await readJson(file("tokenizer.json"), tokenizerJson),
    file("tokenizer.json"),
  );
  const separate = names.has("chat_template.jinja")
    ? new TextDecoder().decode(await readWhole(file("chat_template.jinja")))
    : undefined;
  return {
    tokenizer,
    startsWith: (id) => tokenizer.startsWith(id),
    tokenizerConfig,
    generation,
    chatTemplate: (addBos) =>
      templateOf(separate, tokenizerConfig, { path: folder, addBos }),
  };
}

/** The folder's chat template: a file of its own, or inside `tokenizer_config.json`. */
function templateOf(
  separate: string | undefined,
  config: HfTokenizerConfig | undefined,
  { path, addBos }: { path: string; addBos: boolean },
): ChatTemplate | undefined {
  const inside = config?.chat_template;
  const source = separate ??
    (Array.isArray(inside)
      ? inside.find(({ name }) => name === "default")?.template
      : inside);
  return typeof source !== "string" ? undefined : jinjaTemplate(source, {
    bosToken: config?.bos_token ?? "",
    eosToken: config?.eos_token ?? "",
    addBos,
  }, path);
}
