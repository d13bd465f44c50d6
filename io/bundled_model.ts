import { fileURLToPath } from "node:url";

/** Models that ship with the package, by name. */
const bundled: Readonly<Record<string, string>> = {
  tiny: "../models/tiny/tiny-q8_0.gguf",
};

/** Path of a model: that of a bundled one by its name (`tiny`), any other as it is, relative to the working directory. */
export function modelPath(nameOrPath: string): string {
  const file = bundled[nameOrPath];
  return file ? fileURLToPath(new URL(file, import.meta.url)) : nameOrPath;
}
