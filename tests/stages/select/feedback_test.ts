import assert from "node:assert/strict";
import { from, of } from "rxjs";
import {
  describeKvChunk,
  type KvChunk,
  selectFeedback,
} from "../../../stages/mod.ts";
import { FeedbackQuery } from "../../../stages/select/feedback_query.ts";
import { chunkGraph } from "../chunk_graph.ts";
import { askedChunks, fakeCase, held, runStage } from "../fake_case.ts";
import { logProb } from "../fake_transformer.ts";
import { chunksThat, collect } from "../stage_context.ts";
import { heldChunk } from "./held_chunk.ts";

/** The fact is in 1, the firm in 4; 0 and 2 share words with the question, 3 with the facts. */
const texts = [
  "In which city was it? They work hard. ",
  "The sea was calm. Anna works at Silver Mill. It rained. ",
  "Nobody does. It is a city. ",
  "Boris works at Iron Gate. Rita works at night. ",
  "Silver Mill is based in Rome. The end. ",
];
const question = "In which city does Anna work?";

const fact = "Anna works at Silver Mill.";
/** The fact is in the second chunk, whole. */
const text4 = `${"The sea was calm. ".repeat(6)}${fact} ${
  "It rained on and on. ".repeat(14)
}`;

const select = async (
  scores: readonly number[],
  options: object,
  released = new Set<number>(),
) => {
  const test = await fakeCase();
  const text = texts.join("");
  const { ids, byteEnds } = test.model.tokenizer.encodeWithOffsets(text);
  let byteEnd = 0;
  const chunks = texts.map((own, i) => {
    const byteStart = byteEnd;
    byteEnd += own.length;
    return heldChunk(i, scores[i]!, released, { byteStart, byteEnd });
  });
  const inputs = {
    chunks: from(chunks),
    prompt: of({ ...test.prompt, question }),
    model: of(),
    tokens: of({ source: { name: "test", text }, ids, byteEnds }),
  };
  const run = runStage(selectFeedback, inputs, options, test.ctx);
  const kept = await collect(run.chunks);
  assert.deepEqual(
    chunksThat(test.ctx, "kept"),
    kept.map((c) => c.chunk.index),
  );
  return kept.map(({ chunk }) => chunk.index);
};

Deno.test("select.feedback finds the second hop by the words of the first", async () => {
  const released = new Set<number>();
  const scores = [3, 1, 2, 4, 5];
  const few = { n: 2, question: 0.25 };
  assert.deepEqual(await select(scores, few, released), [1, 4]);
  assert.deepEqual(released, new Set([0, 2, 3]));
  assert.deepEqual(
    await select(scores, { n: 2, question: 1 }),
    [0, 1],
    "in so few texts the question's own words weigh too much",
  );
  assert.deepEqual(await select(scores, { n: 2, rounds: 0 }), [1, 2]);
  assert.deepEqual(await select(scores, { n: 2, candidates: 3 }), [0, 1]);
  assert.deepEqual(await select(scores, { n: 5 }), [0, 1, 2, 3, 4]);
});

Deno.test("select.feedback looks for words of the question that the first chunk lacks", async () => {
  assert.deepEqual(await select([2, 3, 4, 5, 1], { n: 2 }), [1, 4]);
});

Deno.test("FeedbackQuery follows the sentence that fits best", () => {
  const chunks = new Map(texts.map((text, i) => [i, text]));
  const query = new FeedbackQuery(question, chunks, {
    k1: 1.2,
    b: 0.75,
    question: 0.25,
  });
  const weights = () => Object.fromEntries(query.words);
  assert.deepEqual(weights(), {
    in: 1,
    which: 1,
    city: 1,
    does: 1,
    anna: 1,
    work: 1,
  });
  assert(query.score(0) > query.score(4));
  query.follow(1);
  assert.deepEqual(weights(), {
    works: 1,
    at: 1,
    silver: 1,
    mill: 1,
    in: 0.25,
    which: 0.25,
    city: 0.25,
    does: 0.25,
    work: 0.25,
  });
  assert(query.score(4) > Math.max(query.score(3), query.score(2)));
});

Deno.test("FeedbackQuery stays as it is where no sentence fits", () => {
  const chunks = new Map([[7, "Nothing here."], [9, ""]]);
  const query = new FeedbackQuery("Who?", chunks, {
    k1: 1.2,
    b: 0.75,
    question: 1,
  });
  for (const chunk of [7, 9]) {
    assert.equal(query.score(chunk), 0);
    query.follow(chunk);
    assert.deepEqual([...query.words], [["who", 1]]);
  }
});

Deno.test("select.feedback by likelihood chooses the chunk behind which the sentence is least surprising", async () => {
  const test = await fakeCase({ text: text4, question, answerTokens: 20 });
  const asked = await askedChunks(test);
  const count = asked.length;
  assert(count > 3);
  const scored = asked.map((chunk) =>
    describeKvChunk(chunk, { score: chunk.chunk.index === 1 ? 0 : 1 })
  );
  const first = scored[1]!.chunk;
  assert(text4.slice(first.byteStart, first.byteEnd).includes(fact));
  const tail = test.model.tokenizer.encode(`\n\n${fact}`);
  const nll = ({ cache, entriesBefore }: KvChunk) => {
    const { logits } = test.model.transformer.forward(
      tail,
      entriesBefore,
      cache,
    );
    let sum = 0;
    for (let r = 2; r < tail.length; r++) {
      sum -= logProb(logits[r - 1]!, tail[r]!);
    }
    return sum;
  };
  const others = scored.filter(({ chunk }) => chunk !== first);
  const best = others.toSorted((a, b) => nll(a) - nll(b))[0]!;
  const inputs = {
    chunks: from(scored),
    prompt: of(test.prompt),
    tokens: of(test.tokens),
    model: held(test.model),
  };
  const options = { n: 2, by: "likelihood" } as const;
  const run = runStage(selectFeedback, inputs, options, test.ctx);
  const kept = await collect(run.chunks);
  assert.deepEqual(
    kept.map(({ chunk }) => chunk.index),
    [1, best.chunk.index].sort((a, b) => a - b),
  );
  assert.equal(test.model.live, 2);
});

Deno.test("select.feedback by likelihood needs a model, which the loader says", async () => {
  const test = await fakeCase();
  const nodes = {
    prefill: { stage: "prefill", in: { chunks: "chunks", model: "model" } },
    scored: { stage: "score.random", in: { chunks: "prefill" } },
    x: {
      stage: "select.feedback",
      in: { chunks: "scored", tokens: "tokens", prompt: "prompt" },
      with: { by: "likelihood" },
    },
  };
  await assert.rejects(chunkGraph(test, nodes, { o: "x" }), {
    message: /Input 'model' .* is not connected, but its options need it/,
  });
});
