import assert from "node:assert/strict";
import type { EvalRow } from "../../../cli/eval/eval_row.ts";
import type { ReportRow } from "../../../eval/report/report_row.ts";
import { withFolder } from "../documents.ts";
import { runCli } from "../run_cli.ts";

/** What `eval` writes is what `report` reads; checked by the compiler. */
const readable = (row: EvalRow): Partial<ReportRow> => {
  const { files, warnings, versions, ...rest } = row as EvalRow & {
    readonly warnings?: readonly string[];
  };
  return {
    ...rest,
    files: files.map((file) => ({ ...file })),
    warnings: [...warnings ?? []],
    versions: { ...versions },
  };
};

Deno.test("report reads what eval writes", async () => {
  await withFolder(async (folder) => {
    const rows = `${folder}/rows.jsonl`;
    const cases = ["--tasks", "passkey", "--lengths", "512", "--seeds", "0"];
    const graphs = ["--graph", "parallelcomp", "truncate_middle"];
    const evaluated = await runCli(
      ["eval", "needles", ...graphs, ...cases, "--output", rows],
    );
    assert.equal(evaluated.code, 0, evaluated.stderr);
    const [first] = (await Deno.readTextFile(rows)).split("\n");
    assert.equal(readable(JSON.parse(first!)).method, "parallelcomp");
    const { code, stdout, stderr } = await runCli(["report", rows]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /2 rows of 1 cases; none failed/);
    assert.match(stdout, /## needles on tiny/);
    assert.match(
      stdout,
      /\nparallelcomp eval needles --graph parallelcomp truncate_middle --tasks passkey --lengths 512 --seeds 0 --output rows\.jsonl\n/,
    );
    assert.match(
      stdout,
      /query-aware methods\s+passkey\s+\| method \| 512 tokens \|\n[^\n]*\n\| parallelcomp \| [01]\.00 \[.*\] n 1 \|/,
    );
    assert.match(
      stdout,
      /query-agnostic methods\s+passkey[^]*\| truncate_middle \|/,
    );
  });
});
