import assert from "node:assert/strict";
import { commandSections } from "../../../eval/report/command_sections.ts";
import { madeRow, madeRows } from "./made_rows.ts";

const linesOf = (...commands: (string | null)[]) =>
  commandSections(commands.map((command) => madeRow({ command })))
    .flatMap((block) => block.kind === "commands" ? block.lines : []);

Deno.test("commandSections() says every command once, and how many rows say none", () => {
  const [a, b] = ["parallelcomp eval needles", "parallelcomp eval ruler-qa"];
  assert.deepEqual(linesOf(a, b, a, null), [a, b]);
  const said = commandSections([
    ...madeRows(2, 1, { command: a }),
    ...madeRows(3, 1),
  ]);
  assert.match(JSON.stringify(said), /; 3 rows do not say which made them\./);
  assert.doesNotMatch(
    JSON.stringify(commandSections(madeRows(2, 1, { command: a }))),
    /do not say/,
  );
});

Deno.test("commandSections() is nothing where rows do not say what made them", () => {
  assert.deepEqual(commandSections(madeRows(2, 1)), []);
});

Deno.test("commandSections() leaves folders of a machine out, and keeps paths below the reader's own", () => {
  assert.deepEqual(
    linesOf(
      "parallelcomp eval /home/me/cases.jsonl --graph graphs/own.yaml a=/home/me/b.yaml --set 'model=/home/me/my models/m.gguf' --output ../rows.jsonl",
      "parallelcomp eval 'C:\\Users\\me\\cases.jsonl' --shard 1/2 --model hf:owner/name --data ~/books",
    ),
    [
      "parallelcomp eval cases.jsonl --graph graphs/own.yaml a=b.yaml --set 'model=my models/m.gguf' --output ../rows.jsonl",
      "parallelcomp eval 'cases.jsonl' --shard 1/2 --model hf:owner/name --data books",
    ],
  );
});
