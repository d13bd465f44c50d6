import assert from "node:assert/strict";
import { keyText, type Row, sweepRow } from "../../../cli/experiment/row.ts";
import { RowsFile } from "../../../cli/experiment/rows_file.ts";
import { withFolder, writeFile } from "../documents.ts";

function row(seed: number): Row {
  return {
    case: `case ${seed}`,
    task: "fact",
    caseSeed: null,
    variation: "as it is",
    values: {},
    expected: ["é"],
    error: "none",
    right: false,
    effectiveHash: "e",
    caseHash: "c",
    modelHash: "m",
    seed,
    graph: "g",
    graphHash: "h",
    casesHash: "k",
    model: "tiny",
    vocabularyHash: "v",
    versions: { parallelcomp: "1", deno: "2", onnxruntime: "3" },
    at: "2020-01-01T00:00:00.000Z",
  };
}

Deno.test("RowsFile finds again what was added, before and after it was closed", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/rows.jsonl`;
    {
      using file = await RowsFile.open(sweepRow, path);
      file.add(row(1));
      file.add(row(2));
      assert.deepEqual(file.get(keyText(row(2))), row(2));
      assert.equal((await Deno.readTextFile(path)).split("\n").length, 3);
    }
    using file = await RowsFile.open(sweepRow, path);
    assert.equal(file.count, 2);
    assert.deepEqual(file.get(keyText(row(1))), row(1));
    assert.equal(file.get(keyText(row(3))), undefined);
    assert.equal(file.get(keyText({ ...row(1), modelHash: "n" })), undefined);
    assert.equal(file.get(keyText({ ...row(1), caseHash: "d" })), undefined);
    assert.equal(
      file.get(keyText({ ...row(1), effectiveHash: "f" })),
      undefined,
    );
  });
});

Deno.test("RowsFile takes a torn last line away, wherever it was torn", async () => {
  await withFolder(async (folder) => {
    const whole = new TextEncoder().encode(`${JSON.stringify(row(1))}\n`);
    for (const length of [0, 1, 9, 30, whole.length - 1]) {
      const torn = whole.subarray(0, length);
      const path = await writeFile(
        folder,
        "rows.jsonl",
        Uint8Array.of(...whole, ...torn),
      );
      {
        using file = await RowsFile.open(sweepRow, path);
        assert.equal(file.count, 1);
        file.add(row(2));
      }
      const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
      assert.deepEqual(lines.map((line) => JSON.parse(line)), [row(1), row(2)]);
    }
  });
});

Deno.test("RowsFile has one writer", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/rows.jsonl`;
    {
      using file = await RowsFile.open(sweepRow, path);
      file.add(row(1));
      await assert.rejects(
        RowsFile.open(sweepRow, path),
        /Another sweep is writing/,
      );
    }
    using again = await RowsFile.open(sweepRow, path);
    assert.equal(again.count, 1);
  });
});

Deno.test("RowsFile leaves other files as they are", async () => {
  await withFolder(async (folder) => {
    const texts = ["a novel", "{}\n", `${JSON.stringify(row(1))}\nnotes\n`];
    for (const text of texts) {
      const path = await writeFile(folder, "notes.txt", text);
      await assert.rejects(
        RowsFile.open(sweepRow, path),
        /is no file of this command: .*; name another --output/,
      );
      assert.equal(await Deno.readTextFile(path), text);
    }
  });
});
