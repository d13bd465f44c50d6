import { basename, dirname, join } from "node:path";
import { type ByteSource, openByteSource } from "../files/byte_source.ts";
import { checkConfig, checkVocabulary } from "../config_check.ts";
import {
  exportedConfig,
  exportedHfConfig,
  genaiConfig,
} from "./exported_config.ts";
import { type ExportedDecoder, readExported } from "./exported_decoder.ts";
import { FormatError } from "../format_error.ts";
import { readJsonIfAny } from "../files/json_file.ts";
import type { ModelFile } from "../model_file.ts";
import type { WeightSource } from "../weights.ts";
import { namesIn } from "../files/folder_names.ts";
import { readFolderTexts } from "../huggingface/folder_texts.ts";

/** Where Optimum and transformers.js put a model inside its folder. */
const PLACES = ["model.onnx", "onnx/model.onnx"];

/** ONNX's element types that weights have, as other files name them. */
const FORMATS: Readonly<Record<number, string>> = {
  1: "F32",
  2: "U8",
  3: "I8",
  6: "I32",
  7: "I64",
  10: "F16",
  11: "F64",
  16: "BF16",
};

/**
 * The model file of a folder that holds an exported decoder: `model.onnx`, or the only one; nothing for other folders.
 *
 * @throws {FormatError} If it holds several and none is called so.
 */
export async function exportedFile(
  folder: string,
): Promise<string | undefined> {
  const genai = await readJsonIfAny(
    join(folder, "genai_config.json"),
    genaiConfig,
  );
  const found: string[] = [];
  for (const place of ["", "onnx"]) {
    if (!await isFolder(join(folder, place))) continue;
    for (const name of await namesIn(join(folder, place))) {
      if (name.endsWith(".onnx")) found.push(join(place, name));
    }
  }
  const wanted = genai ? [genai.model.decoder.filename] : PLACES;
  const chosen = wanted.find((name) => found.includes(name)) ??
    (found.length === 1 ? found[0] : undefined);
  if (chosen) return join(folder, chosen);
  if (found.length === 0) return undefined;
  throw new FormatError(
    folder,
    `it holds ${found.length} ONNX models (${
      found.sort().join(", ")
    }); name one of them`,
  );
}

/**
 * Opens an exported ONNX decoder by its `.onnx` file; configuration and tokenizer lie beside it or one folder above.
 *
 * @throws {FormatError} If something is missing, damaged or not supported.
 */
export async function openExported(
  path: string,
  named: string = path,
): Promise<ModelFile> {
  const source = await openByteSource(path);
  try {
    return await open(source, named);
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

async function open(source: ByteSource, named: string): Promise<ModelFile> {
  const { path } = source;
  const exported = await readExported(source);
  const folder = await configFolder(path);
  const names = await namesIn(folder);
  const file = (name: string) => join(folder, name);
  if (!names.has("tokenizer.json")) {
    throw new FormatError(
      path,
      "it has no tokenizer.json beside it; save the model's fast tokenizer there",
    );
  }
  const texts = await readFolderTexts(folder, names);
  const config = exportedConfig({
    hf: await readJsonIfAny(file("config.json"), exportedHfConfig),
    genai: await readJsonIfAny(file("genai_config.json"), genaiConfig),
    ...texts,
    layout: exported.layout,
    name: basename(folder),
    path,
  });
  checkConfig(config, path);
  const { tokenizer } = texts;
  checkVocabulary(tokenizer, config, path);
  const chatTemplate = texts.chatTemplate(config.addBos);
  return {
    path: named,
    bytes: exported.bytes,
    config,
    weights: heldWeights(exported.file.initializers),
    exported,
    tokenizer,
    ...(chatTemplate && { chatTemplate }),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

/** Sizes of weights that stay with the graph; their names are the graph's. */
function heldWeights(
  initializers: ExportedDecoder["file"]["initializers"],
): WeightSource {
  const refuse = (name: string) => {
    const problem = `Weight '${name}' belongs to an exported graph`;
    return Promise.reject(new TypeError(problem));
  };
  return {
    names: [...initializers.keys()],
    has: (name) => initializers.has(name),
    shape: (name) => initializers.get(name)?.dims ?? [],
    bytes: (name) => initializers.get(name)?.bytes ?? 0,
    format: (name) => {
      const { type = 0 } = initializers.get(name) ?? {};
      return FORMATS[type] ?? `element type ${type}`;
    },
    read: refuse,
    readDense: refuse,
  };
}

async function configFolder(path: string): Promise<string> {
  const own = dirname(path);
  const places = [own, dirname(own)];
  for (const folder of places) {
    for (const name of ["config.json", "genai_config.json"]) {
      if (await isFile(join(folder, name))) return folder;
    }
  }
  throw new FormatError(
    path,
    "it has no config.json or genai_config.json beside it or one folder above; keep the export's files together",
  );
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}
