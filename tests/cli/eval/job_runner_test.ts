import assert from "node:assert/strict";
import { CliError, ExitCode } from "../../../cli/terminal/exit_code.ts";
import type { EvalMethod } from "../../../cli/eval/eval_method.ts";
import { JobRunner } from "../../../cli/eval/job_runner.ts";
import type { EvalCase } from "../../../eval/eval_case.ts";
import { withFolder, writeFile } from "../documents.ts";

const given: EvalCase = {
  id: "1",
  task: "t",
  length: null,
  seed: null,
  document: "d",
  question: "q",
  expected: ["e"],
  metric: "contains-any",
  maxTokens: 4,
};
const method = { label: "own" } as EvalMethod;

/** Runs a turn with a method's graph; resolves to why it failed. */
async function failureOf(graph: string, flags = {}): Promise<CliError> {
  const choice = { label: "own", graph, values: {}, edits: [] };
  using runner = new JobRunner({
    choices: [choice],
    flags: { share: true, ...flags },
    share: 0,
    threads: 1,
  });
  const say = () => assert.fail("nothing can come of it");
  const turn = { given, methods: [method] };
  const error = await runner.run(turn, say).then(() => undefined, (e) => e);
  assert(error instanceof CliError);
  await assert.rejects(runner.run(turn, say), (again) => again === error);
  return error;
}

Deno.test("JobRunner.run() throws what its thread could not do, with its exit code, and goes on throwing it", async () => {
  const { code, message } = await failureOf("no_such_graph");
  assert.equal(code, ExitCode.graph);
  assert.match(message, /Method 'own' cannot run: .*no_such_graph/);
});

Deno.test("JobRunner.run() throws what nobody in its thread waited for", async () => {
  await withFolder(async (folder) => {
    await writeFile(
      folder,
      "stage.ts",
      'queueMicrotask(() => { throw new Error("gone"); });\nawait new Promise(() => {});',
    );
    const graph = await writeFile(
      folder,
      "own.yaml",
      "version: 1\nuse: [./stage.ts]\nnodes: {}\noutputs: {}\n",
    );
    const { code, message } = await failureOf(graph, { trust: true });
    assert.equal(code, ExitCode.internal);
    assert.equal(message, "gone");
  });
});
