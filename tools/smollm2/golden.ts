/**
 * Writes tests/fixtures/goldens/smollm2.json: what llama.cpp and transformers say on the file that the tests use.
 *
 *     deno run -A tools/smollm2/golden.ts        needs what reference.py needs
 *
 * @module
 */
import { openModel } from "../../io/open_model.ts";
import { smollm2 } from "../../tests/model/smollm2.ts";
import {
  bookText,
  prompts,
  TOKENS,
  windows,
} from "../../tests/model/smollm2_cases.ts";

const path = await smollm2();
await using file = await openModel(path);
const { tokenizer } = file;
const text = bookText().slice(0, 20_000);
const request = {
  windows: windows(tokenizer).map((ids) => [...ids]),
  prompts: prompts.map((prompt) => [...tokenizer.encode(prompt)]),
  tokens: TOKENS,
  text,
  textIds: [...tokenizer.encode(text)],
};
const script = new URL("reference.py", import.meta.url).pathname;
const python = new Deno.Command("python3", {
  args: [script, path],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const input = python.stdin.getWriter();
await input.write(new TextEncoder().encode(JSON.stringify(request)));
await input.close();
const { stdout, success } = await python.output();
if (!success) throw new Error("reference.py failed");
const answer = JSON.parse(new TextDecoder().decode(stdout));
const target = new URL(
  "../../tests/fixtures/goldens/smollm2.json",
  import.meta.url,
);
const command = "deno run -A tools/smollm2/golden.ts";
await Deno.writeTextFile(
  target,
  JSON.stringify({ command, ...answer }) + "\n",
);
