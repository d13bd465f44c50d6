import { evictorOf, headEntries, type KvCache } from "../../mod.ts";
import { sameNumbers } from "./cache_copy.ts";
import { runPrefilled } from "./run_prefilled.ts";
import type { Left } from "./run_stage.ts";
import type { Source } from "./source.ts";
import {
  accepts,
  describe,
  type Options,
  recordManners,
  type Subject,
} from "./subject.ts";

/** Largest difference of a key or value that a session of another form may give. */
const TOLERANCE = 1e-4;

/** A rule with an ONNX body keeps inside the prefill session what it keeps on the host. */
export async function checkFused(
  subject: Subject,
  first: Options,
): Promise<void> {
  const { stage, record, sources: { base, shapes, short }, quick } = subject;
  if (!evictorOf(stage)?.kernel) return;
  const half = { ...first, keep: { share: 0.5 } };
  const variants = [
    first,
    half,
    { ...half, share: "layer" },
    { ...half, share: "model" },
    { ...half, protect: { sinks: 2, recent: 3 } },
    { ...first, keep: { share: 1 } },
  ].filter((options) => accepts(subject, options));
  for (const options of quick ? variants.slice(0, 2) : variants) {
    await compare(subject, base, options);
  }
  for (const source of [...shapes, ...short]) {
    if (record.failed("fused")) return;
    await compare(subject, source, first);
  }
}

async function compare(
  subject: Subject,
  source: Source,
  options: Options,
): Promise<void> {
  const { record } = subject;
  const configuration = `prefill of ${describe(source, options)}`;
  const host = await runPrefilled(subject, source, options, "never");
  const fused = await runPrefilled(subject, source, options, "auto");
  recordManners(subject, configuration, fused);
  if (fused.apart !== undefined) {
    return record.tell(
      "fused",
      configuration,
      `it has an ONNX body, but is not fused: ${fused.apart}`,
    );
  }
  record.tell(
    "fused",
    configuration,
    host.error ?? fused.error ?? leftDifference(host.left, fused.left),
  );
}

function leftDifference(
  host: readonly Left[],
  fused: readonly Left[],
): string | undefined {
  for (const { chunk, cache } of host) {
    const other = fused.find((left) => left.chunk === chunk);
    if (!other) return `chunk ${chunk} is missing`;
    const found = difference(cache, other.cache);
    if (found) return `chunk ${chunk}, ${found}`;
  }
  return host.length === fused.length
    ? undefined
    : `${fused.length} chunks, on the host ${host.length}`;
}

function difference(host: KvCache, fused: KvCache): string | undefined {
  for (const [l, layer] of host.layers.entries()) {
    const other = fused.layers[l]!;
    for (let head = 0; head < host.kvHeads; head++) {
      const place = `layer ${l}, KV head ${head}`;
      const count = headEntries(layer, head);
      const [mine, theirs] = [layer, other].map(({ positions, entries }) =>
        positions.subarray(head * entries, head * entries + count)
      );
      if (!sameNumbers(mine, theirs)) {
        return `${place} keeps positions ${theirs!.join(" ")}, on the host ${
          mine!.join(" ")
        } (where few differ, scores that are nearly equal may be rounded otherwise: compute in float64 as JavaScript does, by cast())`;
      }
      for (const name of ["keys", "values"] as const) {
        const size = host.headDim;
        const far = farthest(
          layer[name].subarray(head * layer.entries * size),
          other[name].subarray(head * other.entries * size),
          count * size,
        );
        if (far <= TOLERANCE) continue;
        return `${place} has ${name} that differ by ${far} from the host's`;
      }
    }
  }
  return undefined;
}

/** Largest absolute difference of the first numbers; NaN is infinitely far. */
function farthest(a: Float32Array, b: Float32Array, count: number): number {
  let most = 0;
  for (let i = 0; i < count; i++) {
    const far = Math.abs(a[i]! - b[i]!);
    if (!(far <= most)) most = Number.isNaN(far) ? Infinity : far;
  }
  return most;
}
