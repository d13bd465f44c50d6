import assert from "node:assert/strict";
import { from, lastValueFrom, type Observable } from "rxjs";
import { release } from "../../../core/owned.ts";
import { runGraph } from "../../../core/run.ts";
import {
  type Answer,
  type Chunk,
  defineChunkScorer,
  type KvChunk,
} from "../../../stages/mod.ts";
import { chunkGraph, type GraphNode } from "../chunk_graph.ts";
import { type FakeCase, fakeCase, randomText } from "../fake_case.ts";

const CHUNKS = 14;
/** One chunk stands out, the rest does not. */
const scores = [2, 2.1, 1.9, 2.2, 2, 0.1, 2.1, 2, 1.8, 2, 2.2, 0.05, 2, 2.1];
/** Read with the rule below: up to the second chunk behind the one that stands out. */
const READ = 8;

const given = defineChunkScorer({
  name: "my.given",
  needs: ["question"],
  score: ({ chunk }) => scores[chunk.index]!,
});

const nodes = (batch: number): Record<string, GraphNode> => ({
  prefill: {
    stage: "prefill",
    in: { chunks: "chunks", model: "model" },
    with: { batch },
  },
  asked: {
    stage: "requery",
    in: { chunks: "prefill", prompt: "prompt", model: "model" },
  },
  scored: { stage: given, in: { chunks: "asked", prompt: "prompt" } },
  best: {
    stage: "select.early",
    in: { chunks: "scored" },
    with: { n: 2, least: 4, gap: 4, patience: 2 },
  },
  merged: { stage: "merge", in: { chunks: "best" } },
  decoded: {
    stage: "decode",
    in: { context: "merged", prompt: "prompt", model: "model" },
    with: { maxTokens: 2 },
  },
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

async function longCase(workers = 1): Promise<FakeCase> {
  const test = await fakeCase({
    text: randomText(1600),
    model: { workers },
  });
  assert.equal(test.chunks.length, CHUNKS);
  const prefill = test.model.prefill.bind(test.model);
  test.model.prefill = async (batch, signal) => {
    await turns(40 * batch.length); // it takes longer than a question
    return await prefill(batch, signal);
  };
  return test;
}

/** The answer, and whether everything came back. */
async function ask(test: FakeCase, batch = 1, chunks?: Observable<Chunk>) {
  const plan = await chunkGraph(
    test,
    nodes(batch),
    { answer: "decoded.answer" },
    chunks,
  );
  const { outputs, events } = runGraph(plan, { budget: test.ctx.budget });
  const said: string[] = [];
  events.subscribe(({ node, type }) => said.push(`${node} ${type}`));
  const answer = await lastValueFrom(outputs.answer as Observable<Answer>);
  await turns(200); // what was running ends
  assert.equal(test.model.live, 0);
  assert.equal(test.ctx.budget.used, 0);
  const { read, chunks: all, kept } = answer;
  return { answer, read, all, kept: kept.map(({ chunk }) => chunk), said };
}

const prefilled = ({ model }: FakeCase) =>
  model.batches.reduce((sum, batch) => sum + batch.length, 0);

Deno.test("select.early: chunks behind the last one that is read are neither prefilled nor asked", async () => {
  const test = await longCase();
  const asks: number[] = [];
  const requery = test.model.requery.bind(test.model);
  test.model.requery = (items, tail, signal) => {
    asks.push(items.length);
    return requery(items, tail, signal);
  };
  const { read, all, kept, said } = await ask(test);
  assert.deepEqual([read, all, kept], [READ, CHUNKS, [2, 5]]);
  assert.equal(prefilled(test), READ);
  assert.equal(asks.reduce((a, b) => a + b), READ);
  for (const node of ["prefill", "asked", "scored"]) {
    assert(said.includes(`${node} cancelled`), node);
  }
  assert(said.includes("best completed"));
});

Deno.test("select.early: batches and workers change what is computed in vain, never what is kept", async () => {
  const answers = [];
  for (
    const [batch, workers] of [[1, 1], [2, 1], [5, 1], [1, 3], [3, 2]] as const
  ) {
    const test = await longCase(workers);
    const { answer } = await ask(test, batch);
    const most = Math.ceil(READ / batch) * batch + workers * batch; // begun by then
    assert(prefilled(test) <= most, `${prefilled(test)} of ${most}`);
    answers.push({
      ...answer,
      kept: answer.kept.map(({ chunk, entries }) => [chunk, entries]),
    });
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
});

Deno.test("select.early: a document that is still being cut is not cut further", async () => {
  const test = await longCase();
  let cut = 0;
  let closed = false;
  async function* cutting() {
    try {
      for (const chunk of test.chunks) {
        await turns(60); // reads, encodes
        cut++;
        yield chunk;
      }
    } finally {
      closed = true;
    }
  }
  const { read } = await ask(test, 1, from(cutting()));
  assert.equal(read, READ);
  assert(cut < CHUNKS, `${cut} chunks were cut`);
  assert(closed);
});

Deno.test("select.early: who watches the chunks sees those that were read, and keeps nothing going", async () => {
  const test = await longCase();
  const out = { answer: "decoded.answer" };
  const plan = await chunkGraph(test, nodes(1), out);
  const { outputs } = runGraph(plan, {
    budget: test.ctx.budget,
    watch: ["scored.chunks", "prefill.chunks"],
  });
  const seen = async (name: string) => {
    const chunks: number[] = [];
    await new Promise<void>((complete, error) =>
      (outputs[name] as Observable<KvChunk>).subscribe({
        next: (held) => {
          chunks.push(held.chunk.index);
          release(held);
        },
        complete,
        error,
      })
    );
    return chunks;
  };
  const [answer, scored, first] = await Promise.all([
    lastValueFrom(outputs.answer as Observable<Answer>),
    seen("scored.chunks"),
    seen("prefill.chunks"),
  ]);
  assert.equal(answer.read, READ);
  assert.deepEqual(scored, [...Array(READ).keys()]);
  assert(first.length < CHUNKS);
  await turns(200);
  assert.deepEqual([test.model.live, test.ctx.budget.used], [0, 0]);
});

Deno.test("select.early: Answer.read says all where nothing stood out, and is absent where nothing stops early", async () => {
  const test = await fakeCase();
  const { read, all } = await ask(test);
  assert.deepEqual([read, all], [test.chunks.length, test.chunks.length]);
  const plan = await chunkGraph(test, {
    ...nodes(1),
    best: { stage: "select.top", in: { chunks: "scored" } },
  }, { answer: "decoded.answer" });
  const { outputs } = runGraph(plan);
  const answer = await lastValueFrom(outputs.answer as Observable<Answer>);
  assert.equal("read" in answer, false);
});
