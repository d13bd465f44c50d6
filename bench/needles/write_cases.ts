// deno-lint-ignore-file no-console
/**
 * Writes the cases of the suite `needles` as JSON lines, for `parallelcomp sweep --input`.
 *
 *     deno run -A bench/needles/write_cases.ts --out cases.jsonl [--cases 20] [--tokens 8192] [--tasks passkey,fact]
 *
 * @module
 */
import { parseArgs } from "node:util";
import { needles } from "../../eval/suites/needles.ts";
import { openModel } from "../../io/open_model.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    out: { type: "string" },
    cases: { type: "string", default: "20" },
    tokens: { type: "string", default: "8192" },
    tasks: {
      type: "string",
      default: "passkey,niah_multikey_1,fact,hex-kv,two-hop", // those with one answer
    },
    model: { type: "string", default: "tiny" },
  },
});
const [count, tokens] = [Number(flags.cases), Number(flags.tokens)];
if (flags.out === undefined) {
  console.error("Say where to write: --out cases.jsonl");
  Deno.exit(2);
}
if (!(count >= 1) || !(tokens >= 1)) {
  console.error("--cases and --tokens are whole numbers of at least 1");
  Deno.exit(2);
}

await using model = await openModel(flags.model);
const choice = {
  tasks: flags.tasks.split(","),
  lengths: [tokens],
  seeds: [...Array(count).keys()],
};
const lines: string[] = [];
try {
  for await (const made of needles.cases(choice, model)) {
    const { id, task, seed, document, expected, evidence } = made;
    const question = `${made.question}${made.answerPrefix ?? ""}`;
    const line = { id, task, seed, question, expected, evidence, document };
    lines.push(JSON.stringify(line) + "\n");
  }
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  console.error(error.message);
  Deno.exit(2);
}
await Deno.writeTextFile(flags.out, lines.join(""));
console.log(`${lines.length} cases of ${tokens} tokens in ${flags.out}`);
