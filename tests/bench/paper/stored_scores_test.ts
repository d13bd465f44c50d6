import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { rowsPath } from "../../../bench/paper/rows_path.ts";
import { paperRuns } from "../../../bench/paper/runs.ts";
import {
  readStoredRows,
  STORED_ROWS,
} from "../../../bench/paper/stored_rows.ts";
import { writeScores } from "../../../bench/paper/write_scores.ts";
import { withFolder } from "../../cli/documents.ts";

const results = new URL(
  ".",
  new URL(rowsPath("any", [])!, new URL("../../../", import.meta.url)),
);

Deno.test("stored tables and scores are those of the rows that git holds", async () => {
  const files = [...Deno.readDirSync(results)].map(({ name }) => name)
    .filter((name) => name.endsWith(STORED_ROWS));
  for (const file of files) {
    const name = file.slice(0, -STORED_ROWS.length);
    const run = paperRuns[name];
    assert(run, `${file} is of no run`);
    await withFolder(async (path) => {
      const folder = pathToFileURL(`${path}/`);
      const derived = ["json", "pairs.json"].map((end) => `${name}.${end}`);
      for (const one of [file, ...derived]) {
        await Deno.copyFile(new URL(one, results), new URL(one, folder));
      }
      await writeScores(name, run, folder);
      for (const one of derived) {
        assert.equal(
          await Deno.readTextFile(new URL(one, folder)),
          await Deno.readTextFile(new URL(one, results)),
          `${one} is not what ${file} says; run deno task eval:paper ${name} --only-scores`,
        );
      }
      assert.deepEqual(
        await readStoredRows(folder, name),
        await readStoredRows(results, name),
        file,
      );
    });
  }
});
