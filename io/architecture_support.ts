import type { Architecture } from "./architecture.ts";
import { ARCHITECTURES } from "./architectures/list.ts";
import { FormatError } from "./format_error.ts";
import type { GgufMetadata } from "./gguf/gguf_metadata.ts";
import type { HfModelType } from "./huggingface/hf_config_schema.ts";
import { missingInGguf, missingInHf } from "./missing_features.ts";

/**
 * The architecture of a `config.json`, of its text model where it wraps one.
 *
 * @throws {FormatError} If it is not one that can be run; says what it would need, as far as the file shows it.
 */
export function hfArchitecture(given: HfModelType, path: string): Architecture {
  const type = given.text_config?.model_type ?? given.model_type;
  const found = ARCHITECTURES.find(({ name }) => name === type);
  if (found) return found;
  throw new FormatError(
    path,
    `its model_type is "${type}"; ${
      supported(
        ARCHITECTURES.map(({ name }) => name),
        missingInHf({ ...given, ...given.text_config }),
      )
    }`,
  );
}

/**
 * The architecture of a GGUF file.
 *
 * @throws {FormatError} If it is not one that can be run; says what it would need, as far as the file shows it.
 */
export function ggufArchitecture(meta: GgufMetadata): Architecture {
  const name = meta.string("general.architecture");
  if (name === undefined) {
    throw meta.error('metadata "general.architecture" is missing');
  }
  const found = ARCHITECTURES.find(({ ggufName }) => ggufName === name);
  if (!found) {
    const names = ARCHITECTURES.flatMap(({ ggufName }) => ggufName ?? []);
    throw meta.error(
      `its architecture is "${name}"; ${
        supported(names, missingInGguf(meta, name))
      }`,
    );
  }
  if ((meta.number(`${name}.expert_count`) ?? 0) > 0) {
    throw meta.error("it is a mixture of experts; dense models can be run");
  }
  return found;
}

function supported(
  names: readonly string[],
  missing: readonly string[],
): string {
  const list = `supported: ${names.join(", ")}`;
  return missing.length === 0
    ? list
    : `it has what none of the supported have: ${missing.join(", ")} (${list})`;
}
