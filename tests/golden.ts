const FOLDER = new URL("./fixtures/goldens/", import.meta.url);

const KINDS = {
  float32: Float32Array,
  int16: Int16Array,
  int32: Int32Array,
} as const;

interface Kinds {
  float32: Float32Array;
  int16: Int16Array;
  int32: Int32Array;
}

/** One tensor of a golden, in row-major order. */
export interface GoldenTensor<T = Float32Array | Int16Array | Int32Array> {
  readonly shape: readonly number[];
  readonly data: T;
}

/** Reference results of one name; tests/fixtures/goldens/README.md says what each holds. */
export interface Golden<Facts> {
  readonly about: string;
  /** What the manifest says beside tensors: settings, ids, scores. */
  readonly facts: Facts;
  readonly names: readonly string[];
  /** A tensor by name; RangeError when there is none, TypeError when its numbers are of another kind. */
  float32(name: string): GoldenTensor<Float32Array>;
  int16(name: string): GoldenTensor<Int16Array>;
  int32(name: string): GoldenTensor<Int32Array>;
}

interface Manifest<Facts> {
  readonly about: string;
  readonly facts: Facts;
  readonly tensors: Readonly<
    Record<string, {
      readonly dtype: keyof Kinds;
      readonly shape: readonly number[];
      readonly offset: number;
    }>
  >;
}

/**
 * Reads a golden, for instance `golden("tiny/parallelcomp/none")`.
 *
 * `Facts` is the caller's view of the manifest's facts; nothing checks it.
 */
export async function golden<Facts = Readonly<Record<string, unknown>>>(
  name: string,
): Promise<Golden<Facts>> {
  const manifest: Manifest<Facts> = JSON.parse(
    await Deno.readTextFile(new URL(`${name}.json`, FOLDER)),
  );
  const bytes = await unzipped(new URL(`${name}.bin.gz`, FOLDER));
  const tensor = <K extends keyof Kinds>(
    key: string,
    dtype: K,
  ): GoldenTensor<Kinds[K]> => {
    const entry = manifest.tensors[key];
    if (entry === undefined) {
      throw new RangeError(
        `Golden "${name}" has no tensor "${key}"; it has ${
          Object.keys(manifest.tensors).join(", ")
        }`,
      );
    }
    if (entry.dtype !== dtype) {
      throw new TypeError(
        `Tensor "${key}" of golden "${name}" is ${entry.dtype}, not ${dtype}`,
      );
    }
    const count = entry.shape.reduce((product, n) => product * n, 1);
    const data = new KINDS[dtype](bytes, entry.offset, count);
    return { shape: entry.shape, data: data as Kinds[K] };
  };
  return {
    about: manifest.about,
    facts: manifest.facts,
    names: Object.keys(manifest.tensors),
    float32: (key) => tensor(key, "float32"),
    int16: (key) => tensor(key, "int16"),
    int32: (key) => tensor(key, "int32"),
  };
}

async function unzipped(url: URL): Promise<ArrayBuffer> {
  const file = await Deno.open(url);
  const bytes = file.readable.pipeThrough(new DecompressionStream("gzip"));
  return await new Response(bytes).arrayBuffer();
}
