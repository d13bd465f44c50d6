// deno-lint-ignore-file no-console
/**
 * What `plan` predicts against the peak resident set that a run measures, and how the peak grows with the document.
 *
 *     deno run -A bench/memory.ts [repeats = 2]
 *
 * Writes bench/results/memory.json.
 *
 * @module
 */
import { loadModel } from "../mod.ts";
import { smollm2 } from "../tests/model/smollm2.ts";
import { book } from "./needles/haystack.ts";
import { machine, median, writeResult } from "./result.ts";

const repeats = Number(Deno.args[0] ?? 2);
const cli = new URL("../cli/main.ts", import.meta.url).pathname;
const question = "Who is the captain of the Pequod?";
const folder = await Deno.makeTempDir();
const tiny = await loadModel("tiny");
const text = book();
const { byteEnds } = tiny.tokenizer.encodeWithOffsets(text);
await tiny[Symbol.asyncDispose]();
const bytes = new TextEncoder().encode(text);

/** One configuration: a graph, tokens of the document (the bundled model's), and flags. */
interface Row {
  readonly graph: string;
  readonly tokens: number;
  readonly flags: readonly string[];
}
const smol = ["--model", await smollm2()];
const rows: readonly Row[] = [
  { graph: "parallelcomp", tokens: 16_384, flags: [] },
  { graph: "parallelcomp", tokens: 131_072, flags: [] },
  { graph: "parallelcomp", tokens: 32_768, flags: ["--set", "keepChunks=8"] },
  { graph: "parallelcomp", tokens: 32_768, flags: ["--set", "window=1024"] },
  { graph: "parallelcomp", tokens: 32_768, flags: ["--set", "batch=4"] },
  { graph: "one_pass", tokens: 32_768, flags: [] },
  { graph: "paper", tokens: 32_768, flags: [] },
  { graph: "full_attention", tokens: 6_000, flags: [] },
  {
    graph: "parallelcomp",
    tokens: 8_192,
    flags: [...smol, "--set", "window=1024"],
  },
  {
    graph: "parallelcomp",
    tokens: 16_384,
    flags: [...smol, "--set", "window=2048"],
  },
];

/** What came out for one configuration. */
interface Result {
  readonly graph: string;
  readonly tokens: number;
  readonly flags: string;
  readonly predictedMiB: number;
  readonly measuredMiB: readonly number[];
  readonly ratio: number;
}
const results: Result[] = [];
for (const { graph, tokens, flags } of rows) {
  const file = `${folder}/${tokens}.txt`;
  await Deno.writeFile(file, bytes.subarray(0, byteEnds[tokens - 1]));
  const asked = [graph, file, "--question", question, ...flags, "--json"];
  const predicted = (await last(["plan", ...asked])).peakBytes;
  const measured = [];
  for (let i = 0; i < repeats; i++) {
    measured.push((await last(["run", ...asked])).peakBytes);
  }
  const row = {
    graph,
    tokens,
    flags: flags.map((flag) => flag.replace(/.*\//, "")).join(" "),
    predictedMiB: Math.round(predicted / 2 ** 20),
    measuredMiB: measured.map((peak) => Math.round(peak / 2 ** 20)),
    ratio: Math.round(predicted / median(measured) * 1000) / 1000,
  };
  results.push(row);
  console.log(JSON.stringify(row));
}
await Deno.remove(folder, { recursive: true });

const peak = (tokens: number) =>
  median(results.find((r) => r.tokens === tokens)!.measuredMiB);
const result = {
  command: ["deno run -A bench/memory.ts", ...Deno.args].join(" "),
  machine: machine(),
  rows: results,
  growth131072Over16384: peak(131_072) / peak(16_384),
};
console.log(`131,072 over 16,384: ${result.growth131072Over16384.toFixed(3)}`);
await writeResult("memory", result);

/** The last JSON line that the command prints. */
async function last(args: string[]): Promise<{ peakBytes: number }> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", cli, ...args],
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(
    new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1)!,
  );
}
