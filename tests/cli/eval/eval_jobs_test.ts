import assert from "node:assert/strict";
import { withFolder } from "../documents.ts";
import { spawnCli } from "../run_cli.ts";
import {
  evalRowsIn,
  lasting,
  runEvalCli,
  shortRun,
  writeEvalCases,
} from "./cases.ts";

const graphs = ["--graph", "parallelcomp", "streaming_llm", "dynamic_ntk"];

/** Reads what a command says, up to a line that must come. */
async function sayUntil(
  stderr: ReadableStream<Uint8Array>,
  line: RegExp,
): Promise<{ said(): string; rest(): Promise<string> }> {
  const reader = stderr
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .getReader();
  let said = "";
  const read = async () => {
    const { value, done } = await reader.read();
    said += value ?? "";
    return !done;
  };
  while (!line.test(said)) assert(await read(), said);
  return {
    said: () => said,
    rest: async () => {
      while (await read());
      return said;
    },
  };
}

Deno.test("eval --jobs gives the rows of one job, also after a kill and with another number of jobs", async () => {
  await withFolder(async (folder) => {
    const cases = await writeEvalCases(folder, [250, 900, 300, 600]);
    const args = [cases, ...graphs, ...shortRun, "--output"];
    const one = await runEvalCli(...args, `${folder}/one.jsonl`);
    assert.equal(one.code, 0, one.stderr);
    const whole = lasting(await evalRowsIn(`${folder}/one.jsonl`));

    const output = `${folder}/jobs.jsonl`;
    const jobs = ["eval", ...args, output, "--jobs", "3"];
    const child = spawnCli(jobs);
    await child.stdin.close();
    const { rest } = await sayUntil(child.stderr, /^3 of 12 /m);
    child.kill("SIGKILL");
    const said = await rest();
    await Promise.all([child.status, child.stdout.cancel()]);
    const rows = await Deno.readTextFile(output);
    const lines = rows.split("\n");
    assert.equal(lines.at(-1), "", "rows are written whole");
    assert(lines.length > 3 && lines.length < 13, `${lines.length - 1} rows`);
    assert(said.match(/^\d+ of 12 .*$/gm)!.length < lines.length);
    await Deno.writeTextFile(output, rows + rows.slice(0, 100)); // a torn line

    const resumed = await runEvalCli(...args, output, "--jobs", "2");
    assert.equal(resumed.code, 0, resumed.stderr);
    const numbers = resumed.stderr.trimEnd().split("\n").map((line) =>
      Number(/^(\d+) of 12 +\w+ +key\/\d /.exec(line)![1])
    );
    const first = lines.length; // the row behind those that were there
    assert.deepEqual(
      numbers,
      Array.from({ length: 13 - first }, (_, i) => first + i),
    );
    assert.deepEqual(lasting(await evalRowsIn(output)), whole);
    const scores = (text: string) => text.match(/[01]\.\d\d \[.*?\] n \d/g);
    assert.deepEqual(scores(resumed.stdout), scores(one.stdout));
  });
});

Deno.test({
  name:
    "SIGINT ends eval with all of its jobs, and every row that was said is there",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withFolder(async (folder) => {
      // Of two cases each is far more work than could be done before the signal.
      const cases = await writeEvalCases(folder, [250, 20_000, 20_000]);
      const output = `${folder}/rows.jsonl`;
      const args = ["eval", cases, ...shortRun, "--output", output];
      const child = spawnCli([...args, "--jobs", "2"]);
      await child.stdin.close();
      const { rest } = await sayUntil(child.stderr, /^1 of 3 /m);
      child.kill("SIGINT");
      const said = await rest(); // no thread of it has standard error any more
      const [{ code }] = await Promise.all([
        child.status,
        child.stdout.cancel(),
      ]);
      assert.equal(code, 130);
      assert.match(said, /\nerror: Interrupted\n$/);
      const [row, ...others] = await evalRowsIn(output);
      assert.equal(row!.case, "key/0");
      assert.deepEqual(others, []);
    });
  },
});

Deno.test("eval --jobs refuses what would not fit into memory, once for all jobs, and says what would", async () => {
  await withFolder(async (folder) => {
    const cases = await writeEvalCases(folder, [250, 300]);
    const output = `${folder}/rows.jsonl`;
    const run = async (...more: string[]) => {
      const args = [cases, ...shortRun, "--output", output, ...more];
      const { code, stderr } = await runEvalCli(...args);
      assert.equal(code, 6, stderr);
      assert.equal(await Deno.readTextFile(output), "");
      return stderr;
    };
    assert.match(
      await run("--jobs", "2", "--memory", "700MB"),
      /^error: 2 jobs would need about \S+ [MG]iB \(most of it for 'reread' on case key\/1\), --memory allows 700 MiB; --jobs 1 would fit\n$/,
    );
    assert.match(
      await run("--memory", "100MB"),
      /^error: The eval would need about .*, --memory allows 100 MiB; the least this model and document need is about /,
    );
  });
});
