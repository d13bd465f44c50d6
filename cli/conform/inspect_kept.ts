import { headEntries, type KvCache, type KvLayer } from "../../mod.ts";
import type { Check } from "./record.ts";

/** What is wrong with a cache, by check. */
export type Findings = Partial<Record<Check, string>>;

/** What a stage that drops entries may do. */
export interface Allowed {
  /** Entries that layer `l`, head `h` must keep; `undefined` where the rule decides. */
  readonly expected?: ((l: number, h: number) => number) | undefined;
  /** Entries with a position below this always stay. */
  readonly protectedBelow: number;
  /** Whether kept keys and values may differ from the source's: a stage that merges what it drops into what it keeps. */
  readonly merges?: boolean | undefined;
  /** Whether the bias of entries may change: a calibrator. */
  readonly biases?: boolean | undefined;
}

/** Compares what a stage kept with what it was given: sizes, order, values, numbers, the lead. */
export function inspectKept(
  kept: KvCache,
  source: KvCache,
  allowed: Allowed,
): Findings {
  const found: Findings = {};
  const shape = shapeDifference(kept, source);
  if (shape) return { values: shape };
  for (const [l, layer] of kept.layers.entries()) {
    for (let head = 0; head < kept.kvHeads; head++) {
      const place = `layer ${l}, KV head ${head}`;
      const say = (check: Check, text: string) =>
        found[check] ??= `${place} ${text}`;
      inspectHead(layer, source.layers[l]!, { l, head, kept, allowed, say });
    }
  }
  return found;
}

interface HeadPlace {
  readonly l: number;
  readonly head: number;
  readonly kept: KvCache;
  readonly allowed: Allowed;
  say(check: Check, text: string): void;
}

function inspectHead(
  layer: KvLayer,
  from: KvLayer,
  { l, head, kept: { headDim }, allowed, say }: HeadPlace,
): void {
  const count = headEntries(layer, head);
  const wanted = allowed.expected?.(l, head);
  if (wanted !== undefined && count !== wanted) {
    say("sizes", `keeps ${count} entries, not ${wanted}`);
  }
  const places = placesOf(from, head);
  const seen = new Set<string>();
  let last = -1;
  for (let i = 0; i < count; i++) {
    const at = head * layer.entries + i;
    const name = nameOf(layer, at);
    const place = places.get(name);
    const data = [layer.keys, layer.values].map((all) =>
      all.subarray(at * headDim, (at + 1) * headDim)
    );
    if (data.some((row) => !row.every(Number.isFinite))) {
      say("finite", `holds a number that is not finite at ${name}`);
    }
    if (place === undefined) {
      say("values", `holds ${name}, which is not in its source`);
      continue;
    }
    if (seen.has(name)) say("order", `holds ${name} twice`);
    else if (place < last) say("order", `holds ${name} behind a later one`);
    seen.add(name);
    last = place;
    if (!allowed.biases && layer.bias?.[at] !== from.bias?.[place]) {
      say("values", `holds another bias at ${name} than its source`);
    }
    if (layer.bias && !Number.isFinite(layer.bias[at])) {
      say("finite", `holds a bias that is not finite at ${name}`);
    }
    if (allowed.merges) continue;
    const same = [from.keys, from.values].every((all, k) =>
      data[k]!.every((value, d) => Object.is(value, all[place * headDim + d]))
    );
    if (!same && data.every((row) => row.every(Number.isFinite))) {
      say("values", `holds other numbers at ${name} than its source`);
    }
  }
  for (const [name, at] of places) {
    if (from.positions[at]! >= allowed.protectedBelow) continue;
    if (!seen.has(name)) say("lead", `dropped ${name}, which is protected`);
  }
}

/** Where every real entry of a head lies, by what it is called. */
function placesOf(layer: KvLayer, head: number): Map<string, number> {
  const places = new Map<string, number>();
  for (let i = 0; i < headEntries(layer, head); i++) {
    const at = head * layer.entries + i;
    places.set(nameOf(layer, at), at);
  }
  return places;
}

function nameOf({ positions, chunks }: KvLayer, at: number): string {
  const chunk = chunks ? ` of chunk ${chunks[at]}` : "";
  return `position ${positions[at]}${chunk}`;
}

function shapeDifference(kept: KvCache, source: KvCache): string | undefined {
  for (const part of ["kvHeads", "headDim"] as const) {
    if (kept[part] !== source[part]) {
      return `${part} is ${kept[part]}, its source's ${source[part]}`;
    }
  }
  if (kept.layers.length !== source.layers.length) {
    return `there are ${kept.layers.length} layers, in its source ${source.layers.length}`;
  }
  for (
    const [l, { entries, keys, values, positions }] of kept.layers.entries()
  ) {
    const slots = kept.kvHeads * entries;
    const lengths = [keys.length, values.length, positions.length];
    const right = [slots * kept.headDim, slots * kept.headDim, slots];
    if (lengths.join() === right.join()) continue;
    return `keys, values and positions of layer ${l} have ${
      lengths.join(", ")
    } numbers, not ${right.join(", ")}`;
  }
  return undefined;
}
