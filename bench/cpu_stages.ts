// deno-lint-ignore-file no-console
/**
 * Where a question's time goes with SmolLM2-135M-Instruct (Q4_1): prefill by batch beside the processor's limit, and a
 * whole run of the default graph stage by stage (scoring, eviction, merge, decoding), its time to the first token and
 * its peak memory.
 *
 *     deno run -A bench/cpu_stages.ts [tokens = 16384] [rounds = 3]
 *
 * Writes bench/results/cpu_stages.json.
 *
 * @module
 */
import { loadModel } from "../mod.ts";
import { smollm2 } from "../tests/model/smollm2.ts";
import { book } from "./needles/haystack.ts";
import { physicalLimits } from "./physical_limits.ts";
import { machine, median, writeResult } from "./result.ts";

const [tokens = 16384, rounds = 3] = Deno.args.map(Number);
const path = await smollm2();
const threads = navigator.hardwareConcurrency;
const model = await loadModel(path, { provider: "cpu" });
const { byteEnds, ids } = model.tokenizer.encodeWithOffsets(book());
const { layers, hidden, ffn, heads, kvHeads, headDim } = model.config;

/** Operations of a chunk's prefill: products with the weights, and causal attention. */
function operations(length: number): number {
  const weights = hidden * headDim * 2 * (heads + kvHeads) + 3 * hidden * ffn;
  return layers * length * (2 * weights + 2 * heads * headDim * length);
}

const length = 1024;
const batches: Record<string, number[]> = { 1: [], 2: [], 4: [] };
const limits: number[] = [];
for (let round = -1; round < rounds; round++) {
  const { flopsPerSecond } = await physicalLimits(threads, 3);
  if (round >= 0) limits.push(flopsPerSecond);
  for (const [batch, rates] of Object.entries(batches)) {
    const items = Array.from({ length: Number(batch) }, (_, b) => ({
      ids: ids.slice(b * length, (b + 1) * length),
    }));
    const start = performance.now();
    const all = await model.prefill(items);
    const seconds = (performance.now() - start) / 1000;
    for (const { cache } of all) cache.dispose?.();
    if (round >= 0) rates.push(items.length * length / seconds);
  }
}
const ofLimit = Object.fromEntries(
  Object.entries(batches).map(([batch, rates]) => [
    batch,
    median(
      rates.map((rate, i) => rate / length * operations(length) / limits[i]!),
    ),
  ]),
);
await model[Symbol.asyncDispose]();

const folder = await Deno.makeTempDir();
const bytes = new TextEncoder().encode(book());
const file = `${folder}/book.txt`;
await Deno.writeFile(file, bytes.subarray(0, byteEnds[tokens - 1]));
const runs = [];
for (let i = 0; i < rounds; i++) runs.push(await run());
await Deno.remove(folder, { recursive: true });

const { bytesPerSecond } = await physicalLimits(threads, 3);
const result = {
  command: ["deno run -A bench/cpu_stages.ts", ...Deno.args].join(" "),
  machine: machine(),
  model: "SmolLM2-135M-Instruct, Q4_1",
  accuracy: "exact",
  limits: { flopsPerSecond: median(limits), bytesPerSecond },
  prefill: { length, tokensPerSecondByBatch: batches, shareOfLimit: ofLimit },
  run: { tokens, runs },
};
console.log(JSON.stringify(result, null, 1));
await writeResult("cpu_stages", result);

/** A question in a process of its own: seconds by node of the graph, and what the answer's line says. */
async function run(): Promise<object> {
  const cli = new URL("../cli/main.ts", import.meta.url).pathname;
  const record = `${folder}/run.json`;
  const { stdout, success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", cli, "ask", file],
      ...["Who is the captain of the Pequod?", "--model", path],
      ...["--provider", "cpu", "--json", "--record", record],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  const first = lines.find(({ name }) => name === "firstTokenSeconds");
  const { peakBytes, tokens: answered } = lines.at(-1);
  const { costs } = JSON.parse(await Deno.readTextFile(record));
  const seconds = Object.fromEntries(
    costs.map(({ node, work }: {
      readonly node: string;
      readonly work: readonly (readonly [number, number])[];
    }) => [
      node,
      work.reduce((sum, [from, to]) => sum + (to - from) / 1000, 0),
    ]),
  );
  return { seconds, firstTokenSeconds: first?.value, answered, peakBytes };
}
