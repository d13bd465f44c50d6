import assert from "node:assert/strict";
import { markdownTable } from "../../../../bench/paper/tables/markdown_table.ts";

async function formatted(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--no-config", "--ext", "md", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await child.output();
  assert(success);
  return new TextDecoder().decode(stdout);
}

Deno.test("markdownTable() is as deno fmt leaves it, columns of one character and empty cells too", async () => {
  const table = markdownTable(["a task", "n", "of"], [
    ["`niah`", "2", "1.00"],
    ["–", "–", ""],
    ["5,098 [3,903, 6,482]", "8", "x"],
  ]);
  assert.equal(await formatted(`${table}\n`), `${table}\n`);
  assert.equal(table.split("\n")[1], `| ${"-".repeat(20)} | - | ---- |`);
});
