// deno-lint-ignore-file no-console
/**
 * What `plan` predicts against the peak resident set that a run measures, as a table, and how the peak grows with the
 * document.
 *
 *     deno run -A bench/memory.ts [repeats = 2]
 *
 * Writes bench/results/memory.json.
 *
 * @module
 */
import { loadModel } from "../mod.ts";
import { smollm2 } from "../tests/model/smollm2.ts";
import { book } from "../eval/tasks/haystack.ts";
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

/** One configuration: a command with its graph, tokens of the document (the bundled model's), and flags. */
interface Row {
  /** Whether `chat` asks, which keeps what it read; else `run`. */
  readonly chat?: true;
  readonly graph: string;
  readonly tokens: number;
  readonly flags: readonly string[];
}
const set = (...settings: string[]) =>
  settings.flatMap((one) => ["--set", one]);
const smol = ["--model", await smollm2()];
const graph = "parallelcomp";
const rows: readonly Row[] = [
  { graph, tokens: 16_384, flags: [] },
  { graph, tokens: 131_072, flags: [] },
  { graph, tokens: 32_768, flags: set("keepChunks=8", "keepEntries=1024") },
  { graph, tokens: 32_768, flags: set("window=1024") },
  { graph, tokens: 32_768, flags: set("batch=4") },
  { graph, tokens: 32_768, flags: set("accuracy=fast") },
  { graph, tokens: 32_768, flags: set("accuracy=int8") },
  { graph: "one_pass", tokens: 65_536, flags: [] },
  { graph: "evict_first", tokens: 65_536, flags: set("keepChunks=16") },
  { graph: "paper", tokens: 32_768, flags: [] },
  { graph: "full_attention", tokens: 6_000, flags: [] },
  { chat: true, graph, tokens: 32_768, flags: [] },
  { graph, tokens: 16_384, flags: [...smol, ...set("window=1024")] },
  {
    graph,
    tokens: 16_384,
    flags: [...smol, ...set("window=2048", "accuracy=fast")],
  },
  {
    graph,
    tokens: 16_384,
    flags: [...smol, ...set("window=2048", "accuracy=int8")],
  },
];

/** What came out for one configuration. */
interface Result {
  readonly command: "run" | "chat";
  readonly graph: string;
  readonly tokens: number;
  readonly flags: string;
  /** What is held at the predicted peak. */
  readonly termsMiB: Readonly<Record<string, number>>;
  readonly predictedMiB: number;
  readonly measuredMiB: readonly number[];
  readonly ratio: number;
}
const results: Result[] = [];
console.log("predicted  measured  ratio  configuration");
for (const { chat, graph, tokens, flags } of rows) {
  const file = `${folder}/${tokens}.txt`;
  await Deno.writeFile(file, bytes.subarray(0, byteEnds[tokens - 1]));
  const about = ["--question", question, ...flags, "--json"];
  const plan = ["plan", graph, file, ...about, ...(chat ? ["--chat"] : [])];
  const predicted = await last<Predicted>(plan);
  const measured = [];
  for (let i = 0; i < repeats; i++) {
    const answer = chat
      ? await last(
        ["chat", file, "--graph", graph, ...flags, "--json"],
        question,
      )
      : await last(["run", graph, file, ...about]);
    measured.push(answer.peakBytes);
  }
  const row = {
    command: chat ? "chat" as const : "run" as const,
    graph,
    tokens,
    flags: flags.map((flag) => flag.replace(/.*\//, "")).join(" "),
    predictedMiB: mebibytes(predicted.peakBytes),
    measuredMiB: measured.map(mebibytes),
    ratio: Math.round(predicted.peakBytes / median(measured) * 1000) / 1000,
    termsMiB: Object.fromEntries(
      predicted.memory.filter(({ bytes }) => bytes > 0)
        .map(({ name, bytes }) => [name, mebibytes(bytes)]),
    ),
  };
  results.push(row);
  console.log(
    [
      String(row.predictedMiB).padStart(9),
      row.measuredMiB.join(" ").padStart(8),
      row.ratio.toFixed(3).padStart(5),
      `${row.command} ${graph} ${tokens} ${row.flags}`,
    ].join("  "),
  );
}
await Deno.remove(folder, { recursive: true });

const peak = (tokens: number) =>
  median(results.find((r) => r.tokens === tokens)!.measuredMiB);
const ratios = results.map(({ ratio }) => ratio);
const result = {
  command: ["deno run -A bench/memory.ts", ...Deno.args].join(" "),
  machine: machine(),
  rows: results,
  ratios: { least: Math.min(...ratios), most: Math.max(...ratios) },
  growth131072Over16384: peak(131_072) / peak(16_384),
};
console.log(`131,072 over 16,384: ${result.growth131072Over16384.toFixed(3)}`);
await writeResult("memory", result);

function mebibytes(size: number): number {
  return Math.round(size / 2 ** 20);
}

/** What both commands say. */
interface Peak {
  readonly peakBytes: number;
}

/** What `plan` says of memory. */
interface Predicted extends Peak {
  readonly memory: readonly { readonly name: string; readonly bytes: number }[];
}

/** The last JSON line that the command prints. */
async function last<T extends Peak>(
  args: string[],
  input?: string,
): Promise<T> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", cli, ...args],
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${input}\n`));
    await writer.close();
  }
  const { stdout, stderr, success } = await child.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(
    new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1)!,
  );
}
