import type { ByteSource } from "../files/byte_source.ts";
import { FormatError } from "../format_error.ts";
import { GgufCursor } from "./gguf_cursor.ts";
import {
  checkTensors,
  type GgufTensor,
  readTensorInfo,
} from "./gguf_tensor.ts";
import { type GgufValue, readGgufValue } from "./gguf_value.ts";

/** The header of a GGUF file, checked against the file's size. */
export interface GgufFile {
  readonly path: string;
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const MAGIC = 0x46554747; // "GGUF"
/** Fewest bytes a metadata entry or a tensor's description takes. */
const LEAST_ENTRY = 8 + 4 + 1;
const LEAST_TENSOR = 8 + 4 + 4 + 8;
/** Far more than any model has. */
const MAX_ENTRIES = 1 << 16;
const MAX_TENSORS = 1 << 18;

/**
 * Reads and checks the header of a GGUF file, version 2 or 3.
 *
 * @throws {FormatError} If the file is no GGUF, truncated, damaged, or holds
 * tensor types this project does not read.
 */
export async function readGguf(source: ByteSource): Promise<GgufFile> {
  const cursor = new GgufCursor(source);
  const version = await readVersion(cursor, source);
  const tensorCount = await cursor.count(
    "the number of tensors",
    Math.min(MAX_TENSORS, Math.floor(cursor.remaining / LEAST_TENSOR)),
  );
  const entryCount = await cursor.count(
    "the number of metadata entries",
    Math.min(MAX_ENTRIES, Math.floor(cursor.remaining / LEAST_ENTRY)),
  );
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < entryCount; i++) {
    const key = await cursor.string("a metadata key");
    if (metadata.has(key)) {
      throw cursor.error(`metadata "${key}" is given twice`);
    }
    await cursor.need(4, `the type of "${key}"`);
    metadata.set(key, await readGgufValue(cursor, cursor.u32(), key));
  }
  const tensors = new Map<string, GgufTensor>();
  for (let i = 0; i < tensorCount; i++) {
    const tensor = await readTensorInfo(cursor, source.path);
    if (tensors.has(tensor.name)) {
      throw cursor.error(`tensor "${tensor.name}" is described twice`);
    }
    tensors.set(tensor.name, tensor);
  }
  const alignment = alignmentOf(metadata, source.path);
  const dataStart = Math.ceil(cursor.offset / alignment) * alignment;
  for (const [name, tensor] of tensors) {
    tensors.set(name, { ...tensor, offset: dataStart + tensor.offset });
  }
  checkTensors(tensors, { dataStart, alignment, source });
  return { path: source.path, version, metadata, tensors };
}

async function readVersion(
  cursor: GgufCursor,
  source: ByteSource,
): Promise<number> {
  if (source.size < 24) {
    throw new FormatError(
      source.path,
      `it has only ${source.size} bytes, too few for a GGUF file; fetch it again`,
    );
  }
  await cursor.need(8, "the header");
  if (cursor.u32() !== MAGIC) {
    throw new FormatError(
      source.path,
      'it does not start with "GGUF"; name a .gguf or .onnx file, or a folder with a model',
      0,
    );
  }
  const version = cursor.u32();
  if (version === 2 || version === 3) return version;
  const problem = (version & 0xffff) === 0
    ? "it is a big-endian GGUF; convert it to little-endian"
    : `its GGUF version is ${version}; versions 2 and 3 can be read`;
  throw new FormatError(source.path, problem, 4);
}

function alignmentOf(
  metadata: ReadonlyMap<string, GgufValue>,
  path: string,
): number {
  const alignment = metadata.get("general.alignment") ?? 32;
  if (
    typeof alignment === "number" && alignment >= 1 && alignment <= 1 << 20 &&
    Number.isInteger(Math.log2(alignment))
  ) return alignment;
  throw new FormatError(
    path,
    `metadata "general.alignment" is "${alignment}"; it must be a power of two up to 1048576`,
  );
}
