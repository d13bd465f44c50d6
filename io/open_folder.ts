import { join } from "node:path";
import { reasonOf } from "./byte_source.ts";
import { checkConfig, checkVocabulary } from "./config_check.ts";
import type { ChatTemplate } from "./chat_template.ts";
import { FormatError } from "./format_error.ts";
import { hfArchitecture } from "./architecture_support.ts";
import { fileNames } from "./file_names.ts";
import { hfModelConfig } from "./hf_config.ts";
import {
  flatConfig,
  hfConfig,
  hfGenerationConfig,
  hfModelType,
  type HfTokenizerConfig,
  hfTokenizerConfig,
} from "./hf_config_schema.ts";
import { openHfWeights } from "./hf_weights.ts";
import { jinjaTemplate } from "./jinja_template.ts";
import { checkJson, readJson, readJsonIfAny } from "./json_file.ts";
import { JsonTokenizer } from "./json_tokenizer.ts";
import type { ModelFile } from "./model_file.ts";
import { TensorWeights } from "./tensor_weights.ts";
import { tensorsByRole } from "./tensors_by_role.ts";
import { tokenizerJson } from "./tokenizer_json.ts";
import { checkWeights } from "./weights_check.ts";
import { readWhole } from "./whole_file.ts";

/** Opens a Hugging Face folder; see `openModel`. */
export async function openFolder(path: string): Promise<ModelFile> {
  const names = await namesIn(path);
  const file = (name: string) => join(path, name);
  const need = (name: string, instead: string) => {
    if (!names.has(name)) {
      throw new FormatError(path, `it holds no ${name}; ${instead}`);
    }
  };
  need("config.json", "name a .gguf file or a Hugging Face model folder");
  need("tokenizer.json", "save the model's fast tokenizer beside it");
  const given = await readJson(file("config.json"), hfModelType);
  const architecture = hfArchitecture(given, file("config.json"));
  const config = checkJson(
    flatConfig(given, architecture.defaults),
    hfConfig,
    file("config.json"),
  );
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
  const modelConfig = hfModelConfig({
    architecture,
    config,
    generation,
    tokenizerConfig,
    tokenizer,
    startsWith: (id) => tokenizer.startsWith(id),
    path: file("config.json"),
  });
  checkConfig(modelConfig, file("config.json"));
  checkVocabulary(tokenizer, modelConfig, path);
  const chatTemplate = templateOf(
    names.has("chat_template.jinja")
      ? new TextDecoder().decode(await readWhole(file("chat_template.jinja")))
      : undefined,
    tokenizerConfig,
    { path, addBos: modelConfig.addBos },
  );
  const stored = await openHfWeights(path, names);
  try {
    const names = fileNames("folder", architecture);
    const weights = new TensorWeights(
      tensorsByRole(stored.tensors, {
        kind: "folder",
        names,
        architecture,
        config: modelConfig,
        path,
        aside: () => {}, // transformers passes them over too
      }),
    );
    const { inFile } = names;
    checkWeights(weights, modelConfig, { architecture, inFile, path });
    return {
      path,
      bytes: stored.bytes,
      config: modelConfig,
      weights,
      tokenizer,
      ...(chatTemplate && { chatTemplate }),
      [Symbol.asyncDispose]: () => stored[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stored[Symbol.asyncDispose]();
    throw error;
  }
}

/** Names of what lies in a folder. */
export async function namesIn(folder: string): Promise<Set<string>> {
  const names = new Set<string>();
  try {
    for await (const { name } of Deno.readDir(folder)) names.add(name);
  } catch (cause) {
    throw new FormatError(folder, reasonOf(cause), undefined, { cause });
  }
  return names;
}

/** The folder's chat template: a file of its own, or inside `tokenizer_config.json`. */
export function templateOf(
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
