import assert from "node:assert/strict";
import { from, of } from "rxjs";
import {
  defineChunkScorer,
  scoreBm25,
  scoreSelfInformation,
} from "../../../stages/mod.ts";
import { chunkGraph, type GraphNode } from "../chunk_graph.ts";
import { askedChunks, fakeCase, held, runStage } from "../fake_case.ts";
import { logProb } from "../fake_transformer.ts";
import { collect } from "../stage_context.ts";
import { textInputs } from "./text_case.ts";

Deno.test("score.self-information with normalise: prior subtracts the NLL of the question alone, computed once", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const score = async (options: object) => {
    const inputs = {
      chunks: from(asked),
      prompt: of(test.prompt),
      model: held(test.model),
    };
    const run = runStage(scoreSelfInformation, inputs, options, test.ctx);
    return (await collect(run.chunks)).map((chunk) => chunk.score!);
  };
  const { lead, tail, scored: [start, end] } = test.prompt;
  const ids = Int32Array.from([...lead, ...tail]);
  const { logits } = test.model.transformer.forward(ids, 0);
  let alone = 0;
  for (let r = start; r < end; r++) {
    alone -= logProb(logits[lead.length + r - 1]!, tail[r]!);
  }
  for (const reduce of ["mean", "sum"]) {
    const plain = await score({ reduce });
    const before = test.model.batches.length;
    const live = test.model.live;
    const less = await score({ reduce, normalise: "prior" });
    assert.equal(test.model.batches.length, before + 1);
    assert.equal(test.model.live, live, "the prior's cache was given back");
    const prior = reduce === "sum" ? alone : alone / (end - start);
    less.forEach((s, i) => assert(Math.abs(s - (plain[i]! - prior)) < 1e-4));
  }
});

Deno.test("a prior without any token before the question is refused", async () => {
  const test = await fakeCase({ model: { config: { addBos: false } } });
  assert.equal(test.prompt.lead.length, 0);
  const inputs = {
    chunks: from(await askedChunks(test)),
    prompt: of(test.prompt),
    model: held(test.model),
  };
  const run = runStage(
    scoreSelfInformation,
    inputs,
    { normalise: "prior" },
    test.ctx,
  );
  await assert.rejects(collect(run.chunks), {
    name: "RangeError",
    message: /begins no text with a token of its own.*score without a prior/,
  });
});

Deno.test("need `text` gives the texts of chunk, chunks and question, and prepares once", async () => {
  let prepared = 0;
  const seen: string[] = [];
  const longest = defineChunkScorer({
    name: "my.longest",
    needs: ["text"],
    better: "high",
    prepare: ({ chunks, question, document }) => {
      prepared++;
      assert.deepEqual(chunks, ["one ", "dž", "three"]);
      assert.equal(question, "which?");
      assert.equal(document.length, 4 + 3 + 5);
      return Math.max(...chunks.map((text) => text.length));
    },
    score: ({ text }, _options, most) => {
      seen.push(text!.chunk);
      return text!.chunk.length / most;
    },
  });
  const test = await fakeCase();
  const inputs = textInputs(test, ["one ", "dž", "three"], "which?");
  const scored = await collect(runStage(longest, inputs, {}, test.ctx).chunks);
  assert.deepEqual(scored.map((chunk) => chunk.score), [0.8, 0.4, 1]);
  assert.deepEqual(scored.map((chunk) => chunk.better), [
    "high",
    "high",
    "high",
  ]);
  assert.deepEqual(seen, ["one ", "dž", "three"]);
  assert.equal(prepared, 1);
});

Deno.test("a chunk that the corpus does not have is refused", async () => {
  const test = await fakeCase();
  const inputs = textInputs(test, ["a ", "b "], "a");
  const other = textInputs(test, ["a "], "a");
  const run = runStage(
    scoreBm25,
    { ...inputs, corpus: other.corpus },
    {},
    test.ctx,
  );
  await assert.rejects(collect(run.chunks), {
    name: "RangeError",
    message:
      "Chunk 1 is not among the 1 of input 'corpus'; connect the chunker that made it",
  });
});

const refusals: readonly [string, GraphNode, RegExp][] = [
  [
    "attention",
    { stage: "score.attention-mass", in: { chunks: "asked" } },
    /nodes.x.in.model: Input 'model' \(pc\/model\) of stage 'score.attention-mass' is not connected; nodes that give it: model/,
  ],
  [
    "attention on chunks that were not asked",
    {
      stage: "score.attention-mass",
      in: { chunks: "prefill", model: "model" },
    },
    /Facet 'question' is missing on prefill.chunks -> x.chunks; stages that give it: .*requery/,
  ],
  [
    "text",
    { stage: "score.bm25", in: { chunks: "asked", prompt: "prompt" } },
    /Input 'corpus' \(pc\/chunk\) of stage 'score.bm25' is not connected; nodes that give it: chunks/,
  ],
  [
    "prior, where the options want it",
    {
      stage: "score.self-information",
      in: { chunks: "asked", prompt: "prompt" },
      with: { normalise: "prior" },
    },
    /Input 'model' \(pc\/model\) of stage 'score.self-information' is not connected, but its options need it; nodes that give it: model/,
  ],
];

for (const [need, x, message] of refusals) {
  Deno.test(`a graph that lacks need ${need} is refused at load, which says what to connect`, async () => {
    const test = await fakeCase();
    const nodes: Record<string, GraphNode> = {
      prefill: { stage: "prefill", in: { chunks: "chunks", model: "model" } },
      asked: {
        stage: "requery",
        in: { chunks: "prefill", prompt: "prompt", model: "model" },
      },
      x,
    };
    await assert.rejects(chunkGraph(test, nodes, { o: "x" }), {
      name: "GraphError",
      message,
    });
  });
}
