import assert from "node:assert/strict";
import { forkJoin, from, lastValueFrom, of, toArray } from "rxjs";
import {
  decodeDoubt,
  defineChunkScorer,
  type KvChunk,
} from "../../stages/mod.ts";
import {
  answerOver,
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "./fake_case.ts";
import { chunksThat, collect } from "./stage_context.ts";

/** Of four chunks the last is the best, then the second. */
const given = [3, 1, 2, 0];
const scorer = defineChunkScorer({
  name: "test.given",
  score: ({ chunk }) => given[chunk.index]!,
});

async function scoredChunks(test: FakeCase): Promise<KvChunk[]> {
  const chunks = from(await askedChunks(test));
  const inputs = { chunks, prompt: of(test.prompt) };
  return await collect(runStage(scorer, inputs, {}, test.ctx).chunks);
}

/** A model whose answers are two letters, each with so many that are as likely. */
function unsure(test: FakeCase, doubts: readonly number[]): () => number {
  let answers = 0;
  test.model.decode = () => {
    const [mine, doubt] = [answers, doubts[answers] ?? 0];
    answers++;
    let at = 0;
    return Promise.resolve({
      step: () => {
        const logits = new Float32Array(260).fill(-1e4); // [vocab]
        const id = at++ < 2 ? 97 + mine : 259; // a letter an answer, then the end
        logits[id] = 1;
        for (let i = 0; i < doubt; i++) logits[110 + i] = 1 - 1e-6;
        return Promise.resolve(logits);
      },
      greedy: () => Promise.reject(new Error("no logits are seen here")),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  };
  return () => answers;
}

async function run(test: FakeCase, options: object, chunks?: KvChunk[]) {
  const inputs = {
    chunks: from(chunks ?? await scoredChunks(test)),
    prompt: of(test.prompt),
    model: held(test.model),
  };
  const outputs = runStage(decodeDoubt, inputs, options, test.ctx);
  const said = await lastValueFrom(
    forkJoin({ answer: outputs.answer, pieces: outputs.text.pipe(toArray()) }),
  );
  assert.deepEqual([test.model.live, test.ctx.budget.used], [0, 0]);
  const tokens = test.ctx.events.flatMap((e) =>
    e.type === "token" ? [e.text] : []
  );
  assert.deepEqual(tokens, said.pieces);
  return said;
}

const small = { first: 1, more: 1, times: 2, above: 0.5 };

Deno.test("decode.doubt answers once where the model is sure", async () => {
  const test = await fakeCase();
  assert.equal(test.chunks.length, given.length);
  const answers = unsure(test, [0]);
  const { answer, pieces } = await run(test, small);
  assert.equal(answers(), 1);
  assert.deepEqual(pieces, ["aa"]);
  assert.deepEqual(answer.kept.map(({ chunk }) => chunk), [3]);
  assert.deepEqual(answer.attempts, [{
    answer: "aa",
    chunks: [3],
    entropy: 0,
  }]);
  assert.deepEqual(chunksThat(test.ctx, "kept"), [3]);
  const dropped = chunksThat(test.ctx, "dropped");
  assert.deepEqual(dropped.toSorted(), [0, 1, 2]);
});

Deno.test("decode.doubt brings the next best chunks back until it is sure", async () => {
  const test = await fakeCase();
  const answers = unsure(test, [1, 0]);
  const { answer, pieces } = await run(test, small);
  assert.equal(answers(), 2);
  assert.deepEqual(pieces, ["bb"], "the first answer is not shown");
  assert.deepEqual(answer.kept.map(({ chunk }) => chunk), [1, 3]);
  const [first, second] = answer.attempts!;
  assert.deepEqual([first!.answer, first!.chunks], ["aa", [3]]);
  assert(Math.abs(first!.entropy - Math.log(2)) < 1e-3);
  assert.deepEqual([second!.answer, second!.entropy], ["bb", 0]);
});

Deno.test("decode.doubt answers at most times + 1 times, and no more often than there are chunks", async () => {
  const always = [1, 1, 1, 1, 1, 1];
  for (
    const [options, chunks] of [
      [{ times: 0 }, [1]],
      [{ times: 2 }, [1, 2, 3]],
      [{ times: 9 }, [1, 2, 3, 4]],
      [{ first: 2, more: 5, times: 1 }, [2, 4]],
      [{ first: 9 }, [4]],
    ] as const
  ) {
    const test = await fakeCase();
    unsure(test, always);
    const { answer } = await run(test, { ...small, ...options });
    assert.deepEqual(answer.attempts!.map((a) => a.chunks.length), chunks);
  }
});

Deno.test("decode.doubt gives the surest answer, of equal ones the first, or the last", async () => {
  const given = async (doubts: readonly number[], give: string) => {
    const test = await fakeCase();
    unsure(test, doubts);
    const { answer } = await run(test, { ...small, give });
    assert.equal(answer.attempts!.length, 3);
    return [answer.answer, answer.kept.length];
  };
  assert.deepEqual(await given([2, 1, 2], "surest"), ["bb", 2]);
  assert.deepEqual(await given([2, 1, 2], "last"), ["cc", 3]);
  assert.deepEqual(await given([1, 1, 1], "surest"), ["aa", 1]);
});

Deno.test("decode.doubt says over its chunks what merge and decode say over them", async () => {
  const test = await fakeCase();
  const scored = await scoredChunks(test);
  const plain = async (indices: readonly number[]) => {
    const chunks = scored.filter(({ chunk }) => indices.includes(chunk.index));
    for (const chunk of chunks) chunk.retain();
    return await answerOver(test, chunks, { maxTokens: 5 });
  };
  const [one, three] = [await plain([3]), await plain([1, 2, 3])];
  test.ctx.events.length = 0;
  const options = { first: 1, more: 2, times: 1, above: 0, give: "last" };
  const { answer } = await run(test, { ...options, maxTokens: 5 }, scored);
  const { attempts, ...said } = answer;
  assert.deepEqual(said, three);
  assert.deepEqual(attempts!.map((a) => a.answer), [one.answer, three.answer]);
  assert(attempts![0]!.entropy > 0);
});

Deno.test("decode.doubt without chunks says so", async () => {
  const test = await fakeCase();
  await assert.rejects(run(test, {}, []), {
    name: "RangeError",
    message: "No chunk reached decode.doubt; keep at least one",
  });
});
