import { map } from "rxjs";
import { z } from "zod";
import { single } from "../../core/port.ts";
import { abortable, defineStage } from "../../core/stage.ts";
import { readJson } from "../../io/files/json_file.ts";
import { Allocator, type AllocatorInput } from "./allocator.ts";
import { fitCounts, headLimits } from "./fit_counts.ts";
import { weighted } from "./layers.ts";

/** Options of `allocate.heads`. */
export const AllocateHeadsOptions = z.strictObject({
  path: z.string().min(1).describe(
    "JSON file: a list of layers, each a list of one number a KV head",
  ),
  numbers: z.enum(["shares", "entries", "weights", "gates"]).default("shares")
    .describe(
      "what the numbers are: shares of a head's entries, entries, weights in sharing out the evictor's budget, or gates (the higher, the more a head retrieves)",
    ),
  streaming: z.strictObject({
    heads: z.number().min(0).max(1).default(0.5).describe(
      "share of the heads that stream: those with the lowest gates",
    ),
    entries: z.int().min(1).default(384).describe(
      "entries of a head that streams: its sinks and its recent ones",
    ),
  }).prefault({}).describe("where the numbers are gates"),
});

/** What the file holds. */
const HeadTable = z.array(z.array(z.number().min(0)).min(1)).min(1);

/** Parsed table of `allocate.heads`. */
type HeadTable = z.output<typeof HeadTable>; // [layers][kvHeads]

/**
 * A table of one number a KV head from a JSON file `[[…], …]`, layers × KV heads. `shares` and `entries` set the
 * evictor's `keep` aside; `weights` share out its budget, and the sum is exact. `gates` are DuoAttention's (arXiv
 * 2410.10819; kvpress' `DuoAttentionPress`): the round(heads · all) heads with the lowest gates stream, that is, keep
 * `streaming.entries`; the others keep all. Put it on `evict.streaming-llm` for the source's sinks and recent entries
 * (128 and 256), on another evictor for its best ones.
 *
 * It breaks on another model than the one it was found for: a table of another shape is a `RangeError` with the path.
 */
export const allocateHeads = defineStage({
  name: "allocate.heads",
  summary: "What every KV head keeps, from a table in a JSON file",
  inputs: {},
  outputs: { allocator: single(Allocator) },
  options: AllocateHeadsOptions,
  run: (_inputs, options) => ({
    allocator: abortable(() => readJson(options.path, HeadTable)).pipe(
      map((table): Allocator => (input) => headCounts(input, table, options)),
    ),
  }),
});

function headCounts(
  { scores, kvHeads, entries, budget }: AllocatorInput,
  table: HeadTable,
  { path, numbers, streaming }: z.output<typeof AllocateHeadsOptions>,
): Int32Array {
  const layers = scores.length;
  const odd = table.find((row) => row.length !== kvHeads);
  if (table.length !== layers || odd) {
    throw new RangeError(
      `The table in '${path}' is ${table.length} x ${
        (odd ?? table[0]!).length
      }; the model has ${layers} layers x ${kvHeads} KV heads`,
    );
  }
  const flat = table.flat(); // [layers · kvHeads]
  const limits = headLimits(scores, kvHeads);
  const roomOf = (i: number) => entries[Math.floor(i / kvHeads)]!;
  if (numbers === "weights") {
    return fitCounts(weighted(flat, flat.length * budget), limits);
  }
  const stream = numbers === "gates"
    ? lowest(flat, Math.round(flat.length * streaming.heads))
    : new Set<number>();
  const wanted = flat.map((number, i) => {
    if (numbers === "gates") {
      return stream.has(i) ? streaming.entries : Infinity;
    }
    if (numbers === "entries") return Math.round(number);
    if (number <= 1) return Math.ceil(number * roomOf(i));
    throw new RangeError(
      `The table in '${path}' has the share ${number} for layer ${
        Math.floor(i / kvHeads)
      }, KV head ${i % kvHeads}; shares are from 0 to 1`,
    );
  }); // [layers · kvHeads]
  return Int32Array.from(wanted, (n, i) => Math.min(n, limits.most[i]!)); // [layers · kvHeads]
}

/** Indices of the `count` lowest numbers, of equal ones the first. */
function lowest(numbers: readonly number[], count: number): Set<number> {
  const order = [...numbers.keys()].sort((a, b) =>
    numbers[a]! - numbers[b]! || a - b
  );
  return new Set(order.slice(0, count));
}
