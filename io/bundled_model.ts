import { fileURLToPath } from "node:url";
import { hubModelPath, isHubName } from "./hub/hub_model_path.ts";

/** Models that ship with the package, by name. */
const bundled: Readonly<Record<string, string>> = {
  tiny: "../models/tiny/tiny-q8_0.gguf",
};

/**
 * Path of a model: that of a bundled one by its name (`tiny`), that of a pulled one by its name on the hub
 * (`hf:owner/name`), any other as it is, relative to the working directory.
 *
 * @throws {FormatError} If a model of the hub is not in the cache.
 */
export function modelPath(nameOrPath: string): string {
  if (isHubName(nameOrPath)) return hubModelPath(nameOrPath);
  const file = bundled[nameOrPath];
  return file ? fileURLToPath(new URL(file, import.meta.url)) : nameOrPath;
}
