import assert from "node:assert/strict";
import { lastValueFrom, of } from "rxjs";
import {
  type Answer,
  builtins,
  loadGraph,
  runGraph,
  shippedGraph,
} from "../../mod.ts";
import { openModel } from "../../io/open_model.ts";
import { passkeyCase } from "../eval/tasks/passkey_case.ts";

const { tokenizer } = await openModel("tiny");

/** Whether a graph's answer holds the pass key of a document of so many tokens. */
async function finds(
  graph: string,
  length: number,
  params: Readonly<Record<string, unknown>> = {},
): Promise<{ right: boolean; answer: string }> {
  const given = passkeyCase(tokenizer, length, 1);
  const plan = await loadGraph(shippedGraph(graph), {
    registry: builtins(),
    params: {
      prompt: "raw",
      maxTokens: 12,
      ...(graph === "oracle_chunk" && { evidence: given.answer }),
      ...params,
    },
  });
  const { outputs } = runGraph(plan, {
    inputs: { document: of(given.document), question: of(given.question) },
    outputs: ["answer"],
  });
  const { answer } = await lastValueFrom(outputs.answer!) as Answer;
  return { right: answer.includes(given.answer), answer };
}

/** What sees all of a document that fits the window, and with which parameters. */
const inside: Record<string, Record<string, unknown>> = {
  full_attention: {},
  truncate_middle: {},
  streaming_llm: {},
  pcw: { window: 1024 },
  ape: { window: 1024 },
  star_attention: { window: 1024 },
  snapkv: { keepEntries: 1000 },
  h2o: { keepEntries: 1100 },
  random_eviction: { keepEntries: 1100 },
  random_chunk: {},
  oracle_chunk: {},
  dynamic_ntk: {},
  yarn: {},
  self_extend: {},
  lm_infinite: {},
  chunk_llama: {},
};
for (const [graph, params] of Object.entries(inside)) {
  Deno.test(`${graph}.yaml finds the pass key inside the window`, async () => {
    const { right, answer } = await finds(graph, 1200, params);
    assert(right, answer);
  });
}

Deno.test("at two windows what turns or maps positions finds the pass key, the model as it is does not", async () => {
  for (const graph of ["dynamic_ntk", "yarn", "self_extend", "chunk_llama"]) {
    const { right, answer } = await finds(graph, 4096);
    assert(right, `${graph}: ${answer}`);
  }
  const { right, answer } = await finds("full_attention", 4096);
  assert(!right, answer);
});
