import { z } from "zod";
import type { ByteSource } from "../files/byte_source.ts";
import { FormatError } from "../format_error.ts";
import { parseJson } from "../files/json_file.ts";
import { BF16 } from "../quant/bf16.ts";
import { F16 } from "../quant/f16.ts";
import { F32 } from "../quant/f32.ts";
import type { StoredTensor } from "../tensor_weights.ts";

/** Larger than the header of any model. */
const MAX_HEADER = 32 * 1024 * 1024;

const FORMATS = new Map(
  [F32, F16, BF16].map((format) => [format.name, format]),
);

const whole = z.int().min(0);

const entry = z.object({
  dtype: z.string(),
  shape: z.array(whole).max(8),
  ["data_offsets"]: z.tuple([whole, whole]),
});

/** Tensors by name; `__metadata__` is the one entry that is none. */
const header = z.looseObject({})
  .transform(({ __metadata__: _, ...tensors }) => tensors)
  .pipe(z.record(z.string(), entry));

/**
 * Reads and checks the header of a safetensors file.
 *
 * @throws {FormatError} If the file is truncated or damaged, or a tensor is of
 * a type other than F32, F16 and BF16.
 */
export async function readSafetensors(
  source: ByteSource,
): Promise<ReadonlyMap<string, StoredTensor>> {
  const { path, size } = source;
  if (size < 8) {
    throw new FormatError(
      path,
      `it has only ${size} bytes, too few for a safetensors file; fetch it again`,
    );
  }
  const start = new DataView((await source.read(0, 8)).buffer);
  const claimed = start.getBigUint64(0, true);
  if (claimed > Math.min(size - 8, MAX_HEADER)) {
    throw new FormatError(
      path,
      `its header would take ${claimed} bytes, but the file has ${size}; it is no safetensors file or truncated, so fetch it again`,
      0,
    );
  }
  const length = Number(claimed);
  const entries = parseJson(await source.read(8, length), header, path);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(entries)) {
    const [begin, end] = entry.data_offsets;
    const format = FORMATS.get(entry.dtype);
    if (!format) {
      throw new FormatError(
        path,
        `tensor "${name}" is of type "${entry.dtype}"; supported are ${
          [...FORMATS.keys()].join(", ")
        }`,
      );
    }
    const bytes = entry.shape.reduce((a, b) => a * b, format.blockBytes);
    if (end - begin !== bytes) {
      throw new FormatError(
        path,
        `tensor "${name}" of shape [${entry.shape}] needs ${bytes} bytes but has ${
          end - begin
        }; the file is damaged, so fetch it again`,
      );
    }
    const offset = 8 + length + begin;
    tensors.set(name, { source, offset, bytes, shape: entry.shape, format });
  }
  checkPlaces(tensors, source);
  return tensors;
}

/** Every tensor inside the file and none in another's place. */
function checkPlaces(
  tensors: ReadonlyMap<string, StoredTensor>,
  { path, size }: ByteSource,
): void {
  const sorted = [...tensors].sort(([, a], [, b]) => a.offset - b.offset);
  let before: [string, StoredTensor] | undefined;
  for (const [name, tensor] of sorted) {
    const end = tensor.offset + tensor.bytes;
    if (end > size) {
      throw new FormatError(
        path,
        `tensor "${name}" ends at byte ${end} but the file at ${size}; it is truncated, so fetch it again`,
      );
    }
    if (before && before[1].offset + before[1].bytes > tensor.offset) {
      throw new FormatError(
        path,
        `tensors "${
          before[0]
        }" and "${name}" overlap; the file is damaged, so fetch it again`,
        tensor.offset,
      );
    }
    if (tensor.bytes > 0) before = [name, tensor];
  }
}
