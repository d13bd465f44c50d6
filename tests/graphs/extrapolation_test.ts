import assert from "node:assert/strict";
import { lastValueFrom, NEVER, of, startWith } from "rxjs";
import {
  type Answer,
  builtins,
  loadGraph,
  loadModel,
  runGraph,
  shippedGraph,
} from "../../mod.ts";
import { passkeyCase } from "../eval/tasks/passkey_case.ts";

Deno.test("row 8: at 8 windows ParallelComp finds the pass key, truncation does not", async () => {
  await using model = await loadModel("tiny");
  const given = passkeyCase(model.tokenizer, 16_384, 1); // two thirds in
  const ask = async (graph: string) => {
    const plan = await loadGraph(shippedGraph(graph), {
      registry: builtins(),
      params: { prompt: "raw", maxTokens: 12 },
    });
    const { outputs } = runGraph(plan, {
      inputs: { document: of(given.document), question: of(given.question) },
      replace: { "model.model": NEVER.pipe(startWith(model)) },
      outputs: ["answer"],
    });
    return await lastValueFrom(outputs.answer!) as Answer;
  };
  const found = await ask("parallelcomp");
  assert(found.chunks >= 8, `${found.chunks} chunks`);
  assert(found.answer.includes(given.answer), found.answer);
  const truncated = await ask("truncate_middle");
  assert(!truncated.answer.includes(given.answer), truncated.answer);
});
