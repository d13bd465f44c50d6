import { modelPath } from "./bundled_model.ts";
import { reasonOf } from "./files/byte_source.ts";
import { FormatError } from "./format_error.ts";
import type { ModelFile } from "./model_file.ts";
import { namesIn } from "./files/folder_names.ts";
import { exportedFile, openExported } from "./exported/open_exported.ts";
import { openFolder } from "./huggingface/open_folder.ts";
import { openGguf } from "./gguf/open_gguf.ts";

/**
 * Opens a model: a `.gguf` file, a Hugging Face folder with `config.json`,
 * safetensors and `tokenizer.json`, an exported decoder (its `.onnx` file, or
 * a folder that holds one and no safetensors), a model pulled from the hub
 * (`hf:owner/name`), or a bundled model by its name (`tiny`).
 *
 * Reads configuration and tokenizer and checks that every tensor is there;
 * weights are read one at a time, later.
 *
 * @throws {FormatError} If the model is missing, damaged or not supported; one
 * line that says which and what would work.
 */
export async function openModel(nameOrPath: string): Promise<ModelFile> {
  const path = modelPath(nameOrPath);
  let folder: boolean;
  try {
    folder = (await Deno.stat(path)).isDirectory;
  } catch (cause) {
    throw new FormatError(path, reasonOf(cause), undefined, { cause });
  }
  if (!folder) {
    return /\.onnx$/i.test(path)
      ? await openExported(path)
      : await openGguf(path);
  }
  const names = await namesIn(path);
  const exported = [...names].some((name) => name.endsWith(".safetensors"))
    ? undefined
    : await exportedFile(path);
  return exported ? await openExported(exported, path) : await openFolder(path);
}
