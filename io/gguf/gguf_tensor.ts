import type { ByteSource } from "../files/byte_source.ts";
import { FormatError } from "../format_error.ts";
import type { GgufCursor } from "./gguf_cursor.ts";
import type { QuantFormat } from "../quant/quant_format.ts";
import { OTHER_TYPE_NAMES, QUANT_FORMATS } from "../quant/quant_formats.ts";

/** One tensor of a GGUF file. */
export interface GgufTensor {
  readonly name: string;
  /** Row-major: the file's dimensions in reverse, so a matrix is [out, in]. */
  readonly shape: readonly number[];
  readonly format: QuantFormat;
  /** Absolute, in bytes. */
  readonly offset: number;
  readonly bytes: number;
}

const MAX_DIMENSIONS = 4;

/** Reads a tensor's description; its offset is still relative to the data. */
export async function readTensorInfo(
  cursor: GgufCursor,
  path: string,
): Promise<GgufTensor> {
  const name = await cursor.string("a tensor's name");
  await cursor.need(4, `the description of tensor "${name}"`);
  const dimensions = cursor.u32();
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    throw cursor.error(
      `tensor "${name}" has ${dimensions} dimensions; 1 to ${MAX_DIMENSIONS} are possible`,
    );
  }
  await cursor.need(dimensions * 8 + 12, `the description of tensor "${name}"`);
  const shape: number[] = [];
  let elements = 1;
  for (let i = 0; i < dimensions; i++) {
    const size = Number(cursor.u64());
    elements *= size;
    if (size < 1 || !Number.isSafeInteger(elements)) {
      throw cursor.error(
        `tensor "${name}" has an impossible dimension "${size}"`,
      );
    }
    shape.unshift(size);
  }
  const format = formatOf(cursor.u32(), name, path);
  const offset = Number(cursor.u64());
  const row = shape.at(-1)!;
  if (row % format.blockSize !== 0) {
    throw cursor.error(
      `tensor "${name}" has rows of ${row} weights, which ${format.name} cannot cut into blocks of ${format.blockSize}`,
    );
  }
  const bytes = elements / format.blockSize * format.blockBytes;
  return { name, shape, format, offset, bytes };
}

function formatOf(type: number, name: string, path: string): QuantFormat {
  const format = QUANT_FORMATS.get(type);
  if (format) return format;
  const known = [...QUANT_FORMATS.values()].map((f) => f.name).join(", ");
  const what = OTHER_TYPE_NAMES[type];
  throw new FormatError(
    path,
    `tensor "${name}" is of type ${
      what ? `"${what}"` : `number ${type}, which GGML does not know`
    }; supported are ${known}`,
  );
}

/** Alignment, range and overlap of all tensors at once. */
export function checkTensors(
  tensors: ReadonlyMap<string, GgufTensor>,
  { dataStart, alignment, source }: {
    dataStart: number;
    alignment: number;
    source: ByteSource;
  },
): void {
  const { path, size } = source;
  const sorted = [...tensors.values()].sort((a, b) => a.offset - b.offset);
  let before: GgufTensor | undefined;
  for (const tensor of sorted) {
    const { name, offset, bytes } = tensor;
    const end = offset + bytes;
    if ((offset - dataStart) % alignment !== 0) {
      throw new FormatError(
        path,
        `tensor "${name}" does not start at a multiple of ${alignment} bytes`,
        offset,
      );
    }
    if (!Number.isSafeInteger(end) || end > size) {
      throw new FormatError(
        path,
        `tensor "${name}" ends at byte ${end} but the file at ${size}; it is truncated or damaged, so fetch it again`,
      );
    }
    if (before && before.offset + before.bytes > offset) {
      throw new FormatError(
        path,
        `tensors "${before.name}" and "${name}" overlap; the file is damaged, so fetch it again`,
        offset,
      );
    }
    before = tensor;
  }
}
