import type { GgufCursor } from "./gguf_cursor.ts";

/** A metadata value; 64-bit integers beyond 2^53 lose their last digits. */
export type GgufValue =
  | number
  | boolean
  | string
  | Float64Array
  | string[]
  | GgufValue[];

/** Most elements of one array: four times the largest vocabulary's merges. */
const MAX_ELEMENTS = 1 << 22;
/** Arrays of arrays, at most this deep. */
const MAX_DEPTH = 3;

const STRING = 8;
const ARRAY = 9;

interface Scalar {
  readonly bytes: number;
  read(cursor: GgufCursor): number | boolean;
}

/** Scalar types by their number. */
const SCALARS: Readonly<Record<number, Scalar>> = {
  0: { bytes: 1, read: (c) => c.u8() },
  1: { bytes: 1, read: (c) => c.u8() << 24 >> 24 },
  2: { bytes: 2, read: (c) => c.u8() | c.u8() << 8 },
  3: { bytes: 2, read: (c) => (c.u8() | c.u8() << 8) << 16 >> 16 },
  4: { bytes: 4, read: (c) => c.u32() },
  5: { bytes: 4, read: (c) => c.i32() },
  6: { bytes: 4, read: (c) => c.f32() },
  7: { bytes: 1, read: (c) => c.u8() !== 0 },
  10: { bytes: 8, read: (c) => Number(c.u64()) },
  11: { bytes: 8, read: (c) => Number(c.i64()) },
  12: { bytes: 8, read: (c) => c.f64() },
};

/** Reads one value of `type`; `key` names it in errors. */
export async function readGgufValue(
  cursor: GgufCursor,
  type: number,
  key: string,
  depth = 0,
): Promise<GgufValue> {
  if (type === STRING) return await cursor.string(`the text of "${key}"`);
  if (type === ARRAY) return await readArray(cursor, key, depth + 1);
  const scalar = scalarOf(cursor, type, key);
  await cursor.need(scalar.bytes, `"${key}"`);
  return scalar.read(cursor);
}

async function readArray(
  cursor: GgufCursor,
  key: string,
  depth: number,
): Promise<GgufValue> {
  if (depth > MAX_DEPTH) {
    throw cursor.error(
      `metadata "${key}" nests arrays more than ${MAX_DEPTH} deep; no model needs that`,
    );
  }
  await cursor.need(4, `the element type of "${key}"`);
  const type = cursor.u32();
  const scalar = type === STRING || type === ARRAY
    ? undefined
    : scalarOf(cursor, type, key);
  const least = scalar?.bytes ?? (type === STRING ? 8 : 12);
  const count = await cursor.count(
    `the number of elements of "${key}"`,
    Math.min(MAX_ELEMENTS, Math.floor((cursor.remaining - 8) / least)),
  );
  if (scalar) return await readNumbers(cursor, scalar, count, key);
  const values: GgufValue[] = [];
  for (let i = 0; i < count; i++) {
    values.push(await readGgufValue(cursor, type, key, depth));
  }
  return values;
}

async function readNumbers(
  cursor: GgufCursor,
  scalar: Scalar,
  count: number,
  key: string,
): Promise<Float64Array> {
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    if (!cursor.has(scalar.bytes)) {
      await cursor.need(scalar.bytes, `the elements of "${key}"`);
    }
    values[i] = Number(scalar.read(cursor));
  }
  return values;
}

function scalarOf(cursor: GgufCursor, type: number, key: string): Scalar {
  const scalar = SCALARS[type];
  if (scalar) return scalar;
  throw cursor.error(
    `metadata "${key}" has the unknown value type ${type}; the file is damaged or newer than GGUF version 3`,
  );
}
