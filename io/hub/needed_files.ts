import { z } from "zod";
import { chooseGguf, ggufPaths } from "./gguf_choice.ts";
import { HubError } from "./hub_error.ts";
import type { HubFile } from "./hub_file.ts";
import type { HubReference } from "./reference.ts";

/** What has to be fetched of a repository. */
export interface NeededFiles {
  /** Small files first. */
  readonly files: readonly HubFile[];
  /** One of `files`: lists more that are needed, which {@linkcode shardFiles} finds. */
  readonly index?: HubFile;
}

const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";

/** What a model folder is opened with, beside its weights. */
const required = ["config.json", "tokenizer.json"];
const optional = [
  "generation_config.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "chat_template.jinja",
];

/**
 * Chooses what a model needs: one GGUF file, or configuration, tokenizer, chat template and safetensors.
 *
 * @throws {HubError} If the repository holds no such model; PyTorch's pickles, which can run code, are none.
 */
export function neededFiles(
  listed: readonly HubFile[],
  wanted: HubReference,
): NeededFiles {
  const byPath = new Map(listed.map((file) => [file.path, file]));
  const gguf = ggufPaths(byPath.keys());
  const weights = folderWeights(byPath);
  if (wanted.file === undefined && weights && byPath.has("config.json")) {
    const names = [...required, ...optional];
    for (const name of required) {
      if (!byPath.has(name)) {
        throw unfit(wanted, `holds no ${name}, which is needed`, gguf);
      }
    }
    const small = names.flatMap((name) => byPath.get(name) ?? []);
    return {
      files: [...small, weights].map(safe),
      ...(weights.path === INDEX && { index: weights }),
    };
  }
  if (gguf.length > 0) {
    return { files: [safe(byPath.get(chooseGguf(gguf, wanted))!)] };
  }
  const pickles = listed.some(({ path }) =>
    /\.(bin|pt|pth|pkl|ckpt)$/.test(path)
  );
  const exported = listed.some(({ path }) => path.endsWith(".onnx"));
  throw unfit(
    wanted,
    wanted.file !== undefined
      ? `holds no GGUF file, so no '${wanted.file}'`
      : pickles
      ? "holds its weights as PyTorch pickles only, which are never fetched because opening them can run code; look for a copy in safetensors or GGUF"
      : exported
      ? "holds exported ONNX models, which can be opened and are not fetched here; fetch one with its configuration and tokenizer.json by other means and name its folder"
      : "holds no model: no safetensors with a config.json, and no GGUF file",
    [],
  );
}

/** The file of the weights, or their index. */
function folderWeights(
  byPath: ReadonlyMap<string, HubFile>,
): HubFile | undefined {
  const weights = byPath.get(SINGLE) ?? byPath.get(INDEX);
  if (weights) return weights;
  const others = [...byPath.values()].filter(({ path }) =>
    /^[^/]+\.safetensors$/.test(path)
  );
  return others.length === 1 ? others[0] : undefined;
}

const shardIndex = z.looseObject({
  ["weight_map"]: z.record(z.string(), z.string()),
});

/**
 * The files that an index lists.
 *
 * @throws {HubError} If it is no index, or lists a file that the repository does not hold.
 */
export function shardFiles(
  text: string,
  listed: readonly HubFile[],
  wanted: HubReference,
): HubFile[] {
  let names: Set<string>;
  try {
    names = new Set(
      Object.values(shardIndex.parse(JSON.parse(text)).weight_map),
    );
  } catch (cause) {
    throw new HubError(
      "unfit",
      `'${wanted.repository}' cannot be opened: its ${INDEX} is no index of weights`,
      { cause },
    );
  }
  return [...names].sort().map((name) => {
    const file = listed.find(({ path }) => path === name);
    if (file && /^[^/]+\.safetensors$/.test(name)) return safe(file);
    throw unfit(
      wanted,
      `lists '${name}' in its index and does not hold it`,
      [],
    );
  });
}

/** A path is made of plain names, whatever a server says: it becomes a file here. */
function safe(file: HubFile): HubFile {
  const plain = /^[\w+()\[\], -][\w+()\[\], .-]*$/u;
  if (file.path.split("/").every((name) => plain.test(name))) return file;
  throw new HubError(
    "unfit",
    `The hub lists a file '${file.path}', which is no safe name`,
  );
}

function unfit(
  { repository }: HubReference,
  problem: string,
  gguf: readonly string[],
): HubError {
  const instead = gguf.length > 0
    ? `; it has GGUF files: name one, as in '${repository}:${gguf[0]}'`
    : "";
  return new HubError("unfit", `'${repository}' ${problem}${instead}`);
}
