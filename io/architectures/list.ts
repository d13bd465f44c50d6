import type { Architecture } from "../architecture.ts";
import { llama } from "./llama.ts";

/** Every architecture that can be run; a new one is a file beside this and a line here. */
export const ARCHITECTURES: readonly Architecture[] = [
  llama,
];

/** The architecture of a `model_type` or a GGUF file's `general.architecture`, if there is one. */
export function findArchitecture(
  kind: "folder" | "gguf",
  name: string,
): Architecture | undefined {
  return ARCHITECTURES.find((architecture) =>
    kind === "gguf"
      ? architecture.ggufName === name
      : architecture.name === name || architecture.aliases?.includes(name)
  );
}
