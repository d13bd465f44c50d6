// deno-lint-ignore-file no-console
/**
 * Seconds to the first token of each question in `chat` with parallelcomp.yaml: the first one reads the document, the
 * others only ask the stored chunks.
 *
 *     deno run -A bench/chat_first_token.ts [tokens = 32768] [repeats = 5]
 *
 * Writes bench/results/chat_first_token.json.
 *
 * @module
 */
import { loadModel } from "../mod.ts";
import { book } from "../eval/tasks/haystack.ts";
import { machine, median, writeResult } from "./result.ts";

const [tokens = 32768, repeats = 5] = Deno.args.map(Number);
const questions = [
  "Who is Queequeg?",
  "Where does Starbuck live?",
  "What is the name of the ship?",
];
const graph = ["--graph", "parallelcomp"];
const cli = new URL("../cli/main.ts", import.meta.url).pathname;
const model = await loadModel("tiny");
const { byteEnds } = model.tokenizer.encodeWithOffsets(book());
await model[Symbol.asyncDispose]();
const folder = await Deno.makeTempDir();
const file = `${folder}/book.txt`;
const bytes = new TextEncoder().encode(book());
await Deno.writeFile(file, bytes.subarray(0, byteEnds[tokens - 1]));

const seconds: number[][] = [];
for (let i = 0; i < repeats; i++) seconds.push(await firstTokens());
await Deno.remove(folder, { recursive: true });

const result = {
  command: ["deno run -A bench/chat_first_token.ts", ...Deno.args].join(" "),
  machine: machine(),
  tokens,
  firstTokenSeconds: seconds,
  secondQuestionSooner: median(
    seconds.map(([first, second]) => first! / second!),
  ),
};
console.log(JSON.stringify(result, null, 1));
await writeResult("chat_first_token", result);

/** Seconds to the first token of every question of one chat. */
async function firstTokens(): Promise<number[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", cli, "chat", file, ...graph, "--json"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(questions.join("\n") + "\n"));
  await input.close();
  const { stdout } = await child.output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n")
    .map((line) => JSON.parse(line))
    .filter((event) => event.name === "firstTokenSeconds")
    .map((event) => event.value);
}
