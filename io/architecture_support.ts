import type { Architecture } from "./architecture.ts";
import { ARCHITECTURES, findArchitecture } from "./architectures/list.ts";
import { FormatError } from "./format_error.ts";
import type { GgufMetadata } from "./gguf_metadata.ts";

/**
 * The architecture of a `config.json`.
 *
 * @throws {FormatError} If it is not one that can be run.
 */
export function hfArchitecture(modelType: string, path: string): Architecture {
  const found = findArchitecture("folder", modelType);
  if (found) return found;
  const supported = ARCHITECTURES.map(({ name }) => name).join(", ");
  throw new FormatError(
    path,
    `its model_type is "${modelType}"; supported: ${supported}`,
  );
}

/**
 * The architecture of a GGUF file.
 *
 * @throws {FormatError} If it is not one that can be run.
 */
export function ggufArchitecture(meta: GgufMetadata): Architecture {
  const name = meta.string("general.architecture");
  if (name === undefined) {
    throw meta.error('metadata "general.architecture" is missing');
  }
  const found = findArchitecture("gguf", name);
  if (!found) {
    const names = new Set(ARCHITECTURES.map(({ ggufName }) => ggufName));
    throw meta.error(
      `its architecture is "${name}"; supported: ${[...names].join(", ")}`,
    );
  }
  if ((meta.number(`${name}.expert_count`) ?? 0) > 0) {
    throw meta.error(
      "it is a mixture of experts; dense models of the Llama family can be run",
    );
  }
  return found;
}
