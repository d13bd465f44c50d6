import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { perplexityTable } from "../../../../bench/paper/tables/perplexity_table.ts";
import { withFolder, writeFile } from "../../../cli/documents.ts";

Deno.test("perplexityTable() takes each length from its run, and entries from the last one's table", async () => {
  const tables = await withFolder(async (folder) => {
    const store = (name: string, value: unknown) =>
      writeFile(folder, name, JSON.stringify(value));
    await store("near.pairs.json", {
      scores: {
        "continuation/2048": { default: [50, 50], PCW: [5000, 5001] },
        "continuation/8192": { default: [1, 1] },
      },
    });
    await store("far.pairs.json", {
      scores: { "continuation/8192": { default: [60, 60, 60] } },
    });
    const cell = { length: 8192, method: "default", entries: 1533.6 };
    await store("far.json", { cells: [{ ...cell, length: 2048 }, cell] });
    const results = pathToFileURL(`${folder}/`);
    const last = { length: 8192, run: "far" };
    const first = { length: 2048, run: "near" };
    const methods = ["PCW", "default"];
    const unknown = new Map();
    const nowhere = { length: 32768, run: "missing" };
    return [
      await perplexityTable(
        results,
        { asked: [first, last, nowhere], methods },
        unknown,
      ),
      await perplexityTable(
        results,
        { asked: [last], methods },
        new Map([["default", "aware"]]),
      ),
    ];
  });
  const lines = (text: string) =>
    text.split("\n").map((line) => line.replace(/ +/g, " "));
  const [missing, far] = tables.map(lines);
  assert(
    missing!.includes(
      "| default | 50.0 [50.0, 50.0] | 60.0 [60.0, 60.0] | – | – |",
    ),
  );
  assert(missing!.includes("| PCW | 5,001 [5,000, 5,001] | – | – | – |"));
  assert(missing!.includes("| n | 2 | 3 | – | |"));
  assert(far!.includes("| default † | 60.0 [60.0, 60.0] | 1,534 |"));
});
