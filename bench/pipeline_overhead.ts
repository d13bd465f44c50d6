// deno-lint-ignore-file no-console
/**
 * What the dataflow costs: tokens per second from text to merged cache through parallelcomp.yaml, against bare
 * `prefill` sessions on the same chunks, sessions warm, both in one interleaved run.
 *
 *     deno run -A bench/pipeline_overhead.ts [tokens = 32768] [pairs = 5]
 *
 * Writes bench/results/pipeline_overhead.json.
 *
 * @module
 */
import {
  lastValueFrom,
  NEVER,
  type Observable,
  of,
  startWith,
  toArray,
} from "rxjs";
import {
  builtins,
  type Chunk,
  type LanguageModel,
  loadGraph,
  loadModel,
  type MergedContext,
  runGraph,
  shippedGraph,
} from "../mod.ts";
import { machine, median, writeResult } from "./result.ts";
import { book } from "../eval/tasks/haystack.ts";

const [tokens = 32768, pairs = 5] = Deno.args.map(Number);
const model = await loadModel("tiny");
const registry = builtins();
const text = firstTokens(model, book(), tokens);
const question = "Who is the captain of the Pequod?";

const graphs = ["parallelcomp", "one_pass"] as const;
const rows: Record<string, number[]> = {
  bare: [],
  parallelcomp: [],
  one_pass: [],
};
const chunks = await cut();
const counted = chunks.reduce((sum, c) => sum + c.tokens.length, 0);
await bare();
for (const name of graphs) await pipeline(name);
for (let i = 0; i < pairs; i++) {
  rows.bare!.push(await bare());
  for (const name of graphs) rows[name]!.push(await pipeline(name));
}
await model[Symbol.asyncDispose]();

const ratio = (name: string) =>
  median(rows[name]!.map((rate, i) => rate / rows.bare![i]!));
const result = {
  command: ["deno run -A bench/pipeline_overhead.ts", ...Deno.args].join(" "),
  machine: machine(),
  tokens: counted,
  chunks: chunks.length,
  tokensPerSecond: rows,
  ratios: Object.fromEntries(graphs.map((name) => [name, ratio(name)])),
};
console.log(JSON.stringify(result, null, 1));
await writeResult("pipeline_overhead", result);

/** Tokens per second of bare sessions. */
async function bare(): Promise<number> {
  const start = performance.now();
  for (const { lead, tokens } of chunks) {
    const ids = Int32Array.from([...lead, ...tokens]);
    const [prefilled] = await model.prefill([{ ids }]);
    prefilled!.cache.dispose?.();
  }
  return counted / (performance.now() - start) * 1000;
}

/** Tokens per second from text to merged cache. */
async function pipeline(name: string): Promise<number> {
  const start = performance.now();
  const run = await wired(name, "merged.context");
  const context = await lastValueFrom(run) as MergedContext;
  const seconds = (performance.now() - start) / 1000;
  context.release();
  return counted / seconds;
}

/** The chunks of the graph. */
async function cut(): Promise<readonly Chunk[]> {
  const stream = await wired("parallelcomp", "chunks.chunks");
  return await lastValueFrom((stream as Observable<Chunk>).pipe(toArray()));
}

async function wired(name: string, output: string) {
  const plan = await loadGraph(shippedGraph(name), { registry });
  const { outputs } = runGraph(plan, {
    inputs: { document: of(text), question: of(question) },
    replace: { "model.model": NEVER.pipe(startWith(model)) },
    outputs: [output],
  });
  return outputs[output]!;
}

/** The start of a text that is `count` tokens long. */
function firstTokens(
  { tokenizer }: LanguageModel,
  text: string,
  count: number,
): string {
  const { byteEnds } = tokenizer.encodeWithOffsets(text);
  const bytes = new TextEncoder().encode(text).subarray(0, byteEnds[count - 1]);
  return new TextDecoder().decode(bytes);
}
