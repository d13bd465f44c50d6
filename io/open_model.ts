import type { ModelFile } from "./model_file.ts";
import { openGguf } from "./open_gguf.ts";

/**
 * Opens a model: a `.gguf` file or a Hugging Face folder.
 *
 * Reads configuration and tokenizer; weights are read one at a time, later.
 *
 * @throws {FormatError} If the model is missing, damaged or not supported; one
 * line that says which and what would work.
 */
export async function openModel(path: string): Promise<ModelFile> {
  return await openGguf(path);
}
