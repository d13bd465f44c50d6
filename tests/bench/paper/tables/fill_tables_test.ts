import assert from "node:assert/strict";
import { fillTables } from "../../../../bench/paper/tables/fill_tables.ts";

const nowhere = new URL("file:///nowhere/");
const makers = {
  one: () => Promise.resolve("| 1 |"),
  two: () => Promise.resolve("| $& |"),
};
const fill = (text: string) => fillTables(text, nowhere, makers);

Deno.test("fillTables() replaces what stands between marks, and nothing else", async () => {
  const text = [
    ...["# A", "", "<!-- table: one -->", "old", "", "<!-- /table -->", ""],
    ...["B", "<!-- table: two -->", "<!-- /table -->", "C", ""],
  ].join("\n");
  const filled = await fill(text);
  assert.equal(
    filled,
    [
      ...["# A", "", "<!-- table: one -->", "", "| 1 |", "", "<!-- /table -->"],
      ...["", "B", "<!-- table: two -->", "", "| $& |", "", "<!-- /table -->"],
      ...["C", ""],
    ].join("\n"),
  );
  assert.equal(await fill(filled), filled, "a second time nothing changes");
  assert.equal(await fill("no mark"), "no mark");
});

Deno.test("fillTables() refuses unknown names and marks without an end", async () => {
  await assert.rejects(
    fill("<!-- table: three -->\n\n<!-- /table -->\n"),
    /No table is called 'three'; tables: one, two/,
  );
  const open = "<!-- table: one -->\n\n";
  await assert.rejects(fill(open), SyntaxError);
  await assert.rejects(
    fill(`${open}<!-- table: two -->\n\n<!-- /table -->\n`),
    SyntaxError,
  );
});
