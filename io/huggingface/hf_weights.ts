import { basename, join } from "node:path";
import { z } from "zod";
import { type ByteSource, openByteSource } from "../files/byte_source.ts";
import { FormatError } from "../format_error.ts";
import { readJson } from "../files/json_file.ts";
import { readSafetensors } from "./safetensors.ts";
import type { StoredTensor } from "../tensor_weights.ts";

const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";

/** Which file holds which tensor; names of files beside the index only. */
const shardIndex = z.looseObject({
  ["weight_map"]: z.record(
    z.string(),
    z.string().refine(
      (name) => name === basename(name) && name.endsWith(".safetensors"),
      "must name a .safetensors file in the same folder",
    ),
  ),
});

/** The open weight files of a Hugging Face folder. */
export interface HfWeights extends AsyncDisposable {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Size of all files together. */
  readonly bytes: number;
}

/**
 * Opens `model.safetensors`, the shards its index lists, or the folder's only
 * safetensors file.
 */
export async function openHfWeights(
  folder: string,
  names: ReadonlySet<string>,
): Promise<HfWeights> {
  const wanted = await shardsOf(folder, names);
  const tensors = new Map<string, StoredTensor>();
  const sources: ByteSource[] = [];
  const close = async () => {
    for (const source of sources) await source[Symbol.asyncDispose]();
  };
  try {
    for (const [shard, listed] of wanted) {
      const source = await openByteSource(join(folder, shard));
      sources.push(source);
      const found = await readSafetensors(source);
      for (const name of listed ?? found.keys()) {
        const tensor = found.get(name);
        if (!tensor) {
          throw new FormatError(
            source.path,
            `tensor "${name}" is missing though ${INDEX} lists it; fetch the file again`,
          );
        }
        tensors.set(name, tensor);
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  const bytes = sources.reduce((sum, { size }) => sum + size, 0);
  return { tensors, bytes, [Symbol.asyncDispose]: close };
}

/** Weight files with the tensors to take from each, all where nothing is listed. */
async function shardsOf(
  folder: string,
  names: ReadonlySet<string>,
): Promise<Map<string, string[] | undefined>> {
  if (names.has(SINGLE)) return new Map([[SINGLE, undefined]]);
  if (names.has(INDEX)) {
    const index = await readJson(join(folder, INDEX), shardIndex);
    const shards = new Map<string, string[]>();
    for (const [tensor, shard] of Object.entries(index.weight_map)) {
      const listed = shards.get(shard);
      if (listed) listed.push(tensor);
      else shards.set(shard, [tensor]);
    }
    return shards;
  }
  const single = [...names].filter((name) => name.endsWith(".safetensors"));
  if (single.length === 1) return new Map([[single[0]!, undefined]]);
  throw new FormatError(
    folder,
    [...names].some((name) => name.endsWith(".bin"))
      ? "its weights are PyTorch files; convert them to safetensors"
      : `it holds no ${SINGLE} and no ${INDEX}`,
  );
}
