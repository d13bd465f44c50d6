import type { KvCache, KvLayer } from "../../mod.ts";

/** Any typed array of a layer. */
type Numbers = Float32Array | Int32Array | Uint8Array | Int8Array;

/** The typed arrays of a layer by their path, such as `keys`: all there are, also those of a form not known here. */
function arraysOf(layer: KvLayer): Readonly<Record<string, Numbers>> {
  return Object.fromEntries(
    Object.entries(layer).flatMap(([name, value]) => {
      if (ArrayBuffer.isView(value)) return [[name, value as Numbers]];
      if (typeof value !== "object" || value === null) return [];
      return Object.entries(arraysOf(value as KvLayer)).map(
        ([inner, data]) => [`${name}.${inner}`, data],
      );
    }),
  );
}

/** The same cache on memory of its own, which nobody gives back. */
export function copyCache(cache: KvCache): KvCache {
  const { dispose: _, layers, ...rest } = cache;
  return { ...rest, layers: layers.map(copyArrays) };
}

function copyArrays<T extends object>(from: T): T {
  return Object.fromEntries(
    Object.entries(from).map(([name, value]) => {
      if (ArrayBuffer.isView(value)) return [name, (value as Numbers).slice()];
      const nested = typeof value === "object" && value !== null;
      return [name, nested ? copyArrays(value) : value];
    }),
  ) as T;
}

/** The first difference between two caches in words; `undefined` where they are the same to the bit. */
export function cacheDifference(a: KvCache, b: KvCache): string | undefined {
  if (a.layers.length !== b.layers.length) return "the number of layers";
  for (const [l, layer] of a.layers.entries()) {
    const mine = arraysOf(layer);
    const other = arraysOf(b.layers[l]!);
    for (const name of new Set([...Object.keys(mine), ...Object.keys(other)])) {
      if (!sameNumbers(mine[name], other[name])) return `${name} of layer ${l}`;
    }
  }
  const said = [a, b].map(({ layers: _, dispose: __, bytes: ___, ...rest }) =>
    JSON.stringify(rest)
  );
  return said[0] === said[1]
    ? undefined
    : `what it says: ${said.join(", then ")}`;
}

/** Writes what `from` holds back into `to`. */
export function restoreCache(to: KvCache, from: KvCache): void {
  for (const [l, layer] of to.layers.entries()) {
    const old = arraysOf(from.layers[l]!);
    for (const [name, data] of Object.entries(arraysOf(layer))) {
      data.set(old[name]!);
    }
  }
}

/** Whether two arrays hold the same numbers; NaN is NaN. */
export function sameNumbers(
  a: Numbers | undefined,
  b: Numbers | undefined,
): boolean {
  if (!a || !b) return a === b;
  return a.length === b.length && a.every((v, i) => Object.is(v, b[i]));
}
