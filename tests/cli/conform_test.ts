import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { jsonLines, runCli } from "./run_cli.ts";

const path = (name: string) =>
  fileURLToPath(new URL(`../../${name}`, import.meta.url));

Deno.test("conform passes right modules of users", async () => {
  const { code, stdout, stderr } = await runCli([
    "conform",
    path("examples/custom_evictor/knorm.ts"),
    path("examples/custom_chunk_scorer/overlap.ts"),
  ]);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^my\.knorm +ok +ok/m);
  assert.match(stdout, /^my\.overlap +ok +ok/m);
  assert.match(stdout, /^2 stages conform$/m);
});

Deno.test("conform ends with 1 and says every failure on a line", async () => {
  const module = path("tests/fixtures/conform/unsorted.ts");
  const { code, stdout } = await runCli(["conform", "--quick", module]);
  assert.equal(code, 1);
  assert.match(stdout, /^ {2}wrong\.unsorted · order · GQA, keep .*; right: /m);
  assert.match(stdout, /^1 failure in 1 of 1 stages$/m);
});

Deno.test("conform --json prints rows, failures and what is not covered", async () => {
  const module = path("tests/fixtures/conform/leaks.ts");
  const { code, stdout } = await runCli([
    "conform",
    "--quick",
    "--json",
    module,
  ]);
  assert.equal(code, 1);
  const [matrix] = jsonLines(stdout) as [Record<string, unknown[]>];
  assert.deepEqual(matrix.notCovered, []);
  const [row] = matrix.rows as { cells: object; failures: object[] }[];
  assert.equal((row!.cells as Record<string, string>).leaks, "FAIL");
  assert.equal(row!.failures.length, 1);
});

Deno.test("conform refuses modules that it cannot check", async () => {
  const missing = await runCli(["conform", "no_such_file.ts"]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /Cannot use 'no_such_file\.ts'/);
  const without = await runCli(["conform", path("cli/arguments/byte_size.ts")]);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /it exports no stage; export what/);
});

Deno.test("conform runs a stage with the options that its module exports", async () => {
  const asks = path("tests/fixtures/conform/asks_options.ts");
  const without = await runCli(["conform", "--quick", asks]);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /right\.every: .* export const conform = \{ "/);
  const says = path("tests/fixtures/conform/says_options.ts");
  const { code, stdout } = await runCli(["conform", "--quick", says]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^1 stage conforms$/m);
});
