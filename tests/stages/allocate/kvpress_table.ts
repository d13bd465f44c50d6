import { openByteSource } from "../../../io/files/byte_source.ts";
import { readSafetensors } from "../../../io/huggingface/safetensors.ts";
import { TensorWeights } from "../../../io/tensor_weights.ts";
import type { KvCache } from "../../../kernels/cache/kv_cache.ts";

const folder = new URL("../../fixtures/kvpress/", import.meta.url);

/** A case of the fixture, as far as budgets are concerned. */
export interface BudgetCase {
  readonly family: string;
  readonly press: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inner?: { readonly press: string };
  readonly ratio?: number;
  readonly layers?: number;
  readonly scores?: string;
  readonly counts: readonly (readonly number[])[];
  readonly kept: readonly (readonly (readonly number[])[])[];
}

/** What the fixture says of PyramidKV's budgets. */
export interface PyramidRow {
  readonly entries: number;
  readonly ratio: number;
  readonly window_size: number;
  readonly beta: number;
  readonly budgets: readonly number[];
}

/** The fixture's list of cases. */
export const manifest = JSON.parse(
  await Deno.readTextFile(new URL("manifest.json", folder)),
) as {
  readonly cases: readonly BudgetCase[];
  readonly pyramid: readonly PyramidRow[];
  readonly families: Readonly<
    Record<string, { readonly kvHeads: number; readonly entries: number }>
  >;
};

/** One tensor of a family. */
export async function kvpressTensor(
  family: string,
  name: string,
): Promise<Float32Array> {
  const path = new URL(`${family}.safetensors`, folder).pathname;
  await using source = await openByteSource(path);
  return await new TensorWeights(await readSafetensors(source)).readDense(name);
}

/** A cache whose positions say what was kept; keys and values are of no meaning. */
export function numberedCache(
  layers: number,
  kvHeads: number,
  entries: number,
): KvCache {
  const size = kvHeads * entries;
  return {
    kvHeads,
    headDim: 1,
    bytes: layers * size * 8,
    layers: Array.from({ length: layers }, () => ({
      entries,
      keys: new Float32Array(size), // [kvHeads, entries, headDim]
      values: new Float32Array(size), // [kvHeads, entries, headDim]
      positions: Int32Array.from({ length: size }, (_, at) => at % entries), // [kvHeads, entries]
    })),
  };
}

/** Positions that every head holds. */
export function keptPositions({ layers, kvHeads }: KvCache): number[][][] {
  return layers.map(({ entries, counts, positions }) =>
    Array.from({ length: kvHeads }, (_, h) => [
      ...positions.subarray(
        h * entries,
        h * entries + (counts?.[h] ?? entries),
      ),
    ])
  );
}
