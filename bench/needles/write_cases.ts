// deno-lint-ignore-file no-console
/**
 * Writes the seeded cases as JSON lines, for `parallelcomp sweep --input`.
 *
 *     deno run -A bench/needles/write_cases.ts --out cases.jsonl [--cases 20] [--tokens 8192] [--tasks "pass key,fact"]
 *
 * @module
 */
import { parseArgs } from "node:util";
import { openModel } from "../../io/open_model.ts";
import { book, sentences } from "./haystack.ts";
import { makeCase, plant } from "./make_case.ts";
import { tasks } from "./tasks.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    out: { type: "string" },
    cases: { type: "string", default: "20" },
    tokens: { type: "string", default: "8192" },
    tasks: { type: "string", default: Object.keys(tasks).join(",") },
    model: { type: "string", default: "tiny" },
  },
});
const names = flags.tasks.split(",");
const [count, tokens] = [Number(flags.cases), Number(flags.tokens)];
const unknown = names.find((name) => !Object.hasOwn(tasks, name));
if (flags.out === undefined || unknown !== undefined) {
  console.error(
    unknown === undefined
      ? "Say where to write: --out cases.jsonl"
      : `No task is named '${unknown}'; tasks: ${
        Object.keys(tasks).join(", ")
      }`,
  );
  Deno.exit(2);
}
if (!(count >= 1) || !(tokens >= 1)) {
  console.error("--cases and --tokens are whole numbers of at least 1");
  Deno.exit(2);
}

/** The planted sentences that the answer stands on: those that say it, and the first hop of two. */
function evidenceOf(task: string, seed: number, answer: string): string[] {
  const { sentences } = plant([task, tasks[task]!], seed);
  return sentences.filter((sentence, i) =>
    sentence.includes(answer) || task === "two-hop" && i === 0
  );
}

await using model = await openModel(flags.model);
const { tokenizer } = model;
const source = { sentences: sentences(book()), tokenizer };
const lines: string[] = [];
for (const task of names) {
  for (let seed = 0; seed < count; seed++) {
    const { document, question, answer } = makeCase(
      source,
      [task, tasks[task]!],
      seed,
      tokens,
    );
    const id = `${task} ${seed}, ${tokens} tokens`;
    const evidence = evidenceOf(task, seed, answer);
    const given = { id, task, seed, question, expected: answer, evidence };
    lines.push(JSON.stringify({ ...given, document }) + "\n");
  }
}
await Deno.writeTextFile(flags.out, lines.join(""));
console.log(`${lines.length} cases of ${tokens} tokens in ${flags.out}`);
