import { join } from "node:path";
import { checkConfig, checkVocabulary } from "../config_check.ts";
import { FormatError } from "../format_error.ts";
import { hfArchitecture } from "../architecture_support.ts";
import { fileNames } from "../file_names.ts";
import { hfModelConfig } from "./hf_config.ts";
import { flatConfig, hfConfig, hfModelType } from "./hf_config_schema.ts";
import { openHfWeights } from "./hf_weights.ts";
import { checkJson, readJson } from "../files/json_file.ts";
import type { ModelFile } from "../model_file.ts";
import { TensorWeights } from "../tensor_weights.ts";
import { tensorsByRole } from "../tensors_by_role.ts";
import { checkWeights } from "../weights_check.ts";
import { namesIn } from "../files/folder_names.ts";
import { readFolderTexts } from "./folder_texts.ts";

/** Opens a Hugging Face folder; see `openModel`. */
export async function openFolder(path: string): Promise<ModelFile> {
  const names = await namesIn(path);
  const file = (name: string) => join(path, name);
  const need = (name: string, instead: string) => {
    if (!names.has(name)) {
      throw new FormatError(path, `it holds no ${name}; ${instead}`);
    }
  };
  need("config.json", "name a .gguf or .onnx file, or a folder with a model");
  need("tokenizer.json", "save the model's fast tokenizer beside it");
  const given = await readJson(file("config.json"), hfModelType);
  const architecture = hfArchitecture(given, file("config.json"));
  const config = checkJson(
    flatConfig(given, architecture.defaults),
    hfConfig,
    file("config.json"),
  );
  const texts = await readFolderTexts(path, names);
  const modelConfig = hfModelConfig({
    architecture,
    config,
    ...texts,
    path: file("config.json"),
  });
  checkConfig(modelConfig, file("config.json"));
  const { tokenizer } = texts;
  checkVocabulary(tokenizer, modelConfig, path);
  const chatTemplate = texts.chatTemplate(modelConfig.addBos);
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
