import assert from "node:assert/strict";
import { lastValueFrom, NEVER, of, startWith } from "rxjs";
import { makeCase } from "../../bench/needles/make_case.ts";
import { book, sentences } from "../../bench/needles/haystack.ts";
import { passKey } from "../../bench/needles/tasks.ts";
import {
  type Answer,
  builtins,
  loadGraph,
  loadModel,
  runGraph,
  shippedGraph,
} from "../../mod.ts";

Deno.test("row 8: at 8 windows ParallelComp finds the pass key, truncation does not", async () => {
  await using model = await loadModel("tiny");
  const source = { sentences: sentences(book()), tokenizer: model.tokenizer };
  const given = makeCase(source, ["pass key", passKey], 3, 16_384);
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
