// deno-lint-ignore-file no-console
/**
 * What it costs to evict inside the prefill session: one-pass prefill, eviction, score, selection and merge of chunks
 * of 2,048 tokens (question included) through `graphs/evict_first.yaml`, fused against `fuse: never`, both in one
 * interleaved run; and the bytes that leave the prefill sessions, against the KV that is kept.
 *
 *     deno run -A bench/fusion.ts [chunks = 8] [pairs = 5]
 *
 * Writes bench/results/fusion.json.
 *
 * @module
 */
import {
  from,
  lastValueFrom,
  NEVER,
  type Observable,
  of,
  startWith,
} from "rxjs";
import { SessionWorker } from "../kernels/engine/session_worker.ts";
import {
  builtins,
  type Chunk,
  loadGraph,
  loadModel,
  type MergedContext,
  type Prompt,
  runGraph,
  shippedGraph,
} from "../mod.ts";
import { book } from "../eval/tasks/haystack.ts";
import { machine, median, writeResult } from "./result.ts";

const [count = 8, pairs = 5] = Deno.args.map(Number);
const rows = 2048;
const keepEntries = 512;
const shares = ["layer", "none", "model"];
const model = await loadModel("tiny");
const registry = builtins();
const question = "Who is the captain of the Pequod?";
const left = countBytes();
const chunks = await cut();

const result = {
  command: ["deno run -A bench/fusion.ts", ...Deno.args].join(" "),
  machine: machine(),
  accuracy: "exact",
  chunks: count,
  rows,
  keepEntries,
  shares: {} as Record<string, object>,
};
for (const share of shares) result.shares[share] = await compare(share);
await model[Symbol.asyncDispose]();
console.log(JSON.stringify(result, null, 1));
await writeResult("fusion", result);

/** Both ways in turn, each as often the first; the first pair does not count. */
async function compare(share: string): Promise<object> {
  const seconds = { fused: [] as number[], unfused: [] as number[] };
  const bytes = { fused: 0, unfused: 0 };
  for (let i = 0; i <= pairs; i++) {
    const ways = ["fused", "unfused"] as const;
    for (const way of i % 2 === 0 ? ways : ways.toReversed()) {
      left.bytes = 0;
      const taken = await run(share, way === "fused" ? "auto" : "never");
      bytes[way] = left.bytes;
      if (i > 0) seconds[way].push(taken);
    }
  }
  const kept = count * keepEntries * model.bytesPerEntry;
  const ratios = seconds.fused.map((s, i) => s / seconds.unfused[i]!);
  return {
    seconds,
    timeRatio: median(ratios),
    keptKvBytes: kept,
    bytesLeft: bytes,
    bytesOverKept: {
      fused: bytes.fused / kept,
      unfused: bytes.unfused / kept,
    },
  };
}

/** Seconds from chunks to the merged context. */
async function run(share: string, fuse: "auto" | "never"): Promise<number> {
  const start = performance.now();
  const given = { "chunks.chunks": from(chunks) };
  const context = await output("merged.context", { share, fuse }, given);
  (context as MergedContext).release();
  return (performance.now() - start) / 1000;
}

/** Pieces of a book that fill every row of a chunk together with lead and question. */
async function cut(): Promise<Chunk[]> {
  const { lead, tail } = await output("prompt.prompt", {}) as Prompt;
  const ids = model.tokenizer.encode(book());
  const each = rows - lead.length - tail.length;
  return Array.from({ length: count }, (_, index) => ({
    index,
    count,
    lead,
    tokens: Int32Array.from(ids.slice(index * each, (index + 1) * each)),
    byteStart: 0,
    byteEnd: 0,
    line: 1,
  }));
}

async function output(
  name: string,
  { share = "layer", fuse = "auto" }: {
    share?: string;
    fuse?: "auto" | "never";
  },
  replace: Record<string, Observable<unknown>> = {},
): Promise<unknown> {
  const params = { share, keepEntries, keepChunks: 3 };
  const plan = await loadGraph(shippedGraph("evict_first"), {
    registry,
    params,
  });
  const { outputs } = runGraph({ ...plan, fuse }, {
    inputs: { document: of(""), question: of(question) },
    replace: { "model.model": NEVER.pipe(startWith(model)), ...replace },
    outputs: [name],
  });
  return await lastValueFrom(outputs[name]!);
}

/** Counts what leaves prefill sessions: what is fetched, and what is copied up to the last element read. */
function countBytes(): { bytes: number } {
  const left = { bytes: 0 };
  const send = SessionWorker.prototype.send;
  SessionWorker.prototype.send = async function (request, ...more) {
    const outputs = await send.call(this, request, ...more);
    if (request.kind !== "run" || !request.session.startsWith("prefill")) {
      return outputs;
    }
    const ends = new Map<string, number>();
    for (const { output, from, length } of request.copies) {
      ends.set(output, Math.max(ends.get(output) ?? 0, from + length));
    }
    for (const end of ends.values()) left.bytes += end * 4;
    for (const { data } of Object.values(outputs)) {
      left.bytes += data.byteLength;
    }
    return outputs;
  };
  return left;
}
