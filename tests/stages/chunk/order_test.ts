import assert from "node:assert/strict";
import { EMPTY, from, of, Subject } from "rxjs";
import type { z } from "zod";
import {
  askedChunks,
  type FakeCase,
  fakeCase,
  runStage,
} from "../fake_case.ts";
import {
  type Chunk,
  chunkOrder,
  type ChunkOrderOptions,
  KvStore,
  scoreBm25,
} from "../../../stages/mod.ts";
import { planGraph } from "../../../core/load.ts";
import { builtins } from "../../../stages/builtins.ts";
import { collect } from "../stage_context.ts";

const text = [
  "The sea was calm that day and the wind was low.",
  "A gull sat on the mast, and nobody spoke to it.",
  "The captain of the ship was Ahab, an old man.",
  "They ate what there was, which was mostly bread.",
  "Of captain and crew there was little to be seen.",
].join(" ").repeat(2);

const question = "Who was captain of the ship?";

function ordered(
  { tokens, prompt, ctx }: FakeCase,
  chunks: readonly Chunk[],
  options: z.input<typeof ChunkOrderOptions>,
): Promise<Chunk[]> {
  const inputs = {
    chunks: from(chunks),
    tokens: of(tokens),
    prompt: of(prompt),
  };
  return collect(runStage(chunkOrder, inputs, options, ctx).chunks);
}

const indices = (chunks: readonly Chunk[]) => chunks.map(({ index }) => index);

Deno.test("chunk.order reads from the end, and says the order", async () => {
  const test = await fakeCase({ text });
  const all = test.chunks.length;
  assert(all >= 4);
  const turned = await ordered(test, test.chunks, { by: "end" });
  assert.deepEqual(indices(turned), indices(test.chunks).toReversed());
  assert.deepEqual(turned.map(({ turn }) => turn), [...Array(all).keys()]);
  const { turn: _, ...rest } = turned.at(-1)!;
  assert.deepEqual(rest, test.chunks[0]);
});

Deno.test("chunk.order by document changes nothing, and waits for nothing", async () => {
  const test = await fakeCase({ text });
  assert.deepEqual(
    await ordered(test, test.chunks, { by: "document" }),
    test.chunks,
  );
  const coming = new Subject<Chunk>();
  const seen: Chunk[] = [];
  const inputs = { chunks: coming, tokens: EMPTY, prompt: EMPTY };
  runStage(chunkOrder, inputs, {}, test.ctx).chunks.subscribe((chunk) =>
    seen.push(chunk)
  );
  coming.next(test.chunks[0]!);
  assert.deepEqual(seen, [test.chunks[0]]);
});

Deno.test("chunk.order by BM25 reads first what score.bm25 would keep first, the earlier of equal ones", async () => {
  const test = await fakeCase({ text, question });
  for (const unit of ["chunk", "sentence"] as const) {
    const scored = await collect(
      runStage(
        scoreBm25,
        {
          chunks: from(await askedChunks(test)),
          prompt: of(test.prompt),
          tokens: of(test.tokens),
          corpus: from(test.chunks),
        },
        { unit },
        test.ctx,
      ).chunks,
    );
    const expected = scored.toSorted((a, b) =>
      b.score! - a.score! || a.chunk.index - b.chunk.index
    ).map(({ chunk }) => chunk.index);
    assert.notDeepEqual(expected, indices(test.chunks));
    const read = await ordered(test, test.chunks, { by: "bm25", unit });
    assert.deepEqual(indices(read), expected);
  }
  const nothing = await fakeCase({ text, question: "Zzyzx?" });
  const read = await ordered(nothing, nothing.chunks, { by: "bm25" });
  assert.deepEqual(indices(read), indices(nothing.chunks));
});

Deno.test("KvStore hands chunks out in the order in which they were to be read", async () => {
  const test = await fakeCase({ text });
  const chunks = await ordered(test, test.chunks, { by: "end" });
  using store = new KvStore(1e9);
  for (const held of (await askedChunks({ ...test, chunks })).toReversed()) {
    await store.add(held);
  }
  const given = await collect(store.chunks(test.ctx.budget));
  assert.deepEqual(given.map(({ chunk }) => chunk.index), indices(chunks));
  for (const held of given) held.release();
});

Deno.test("chunk.order by BM25 needs the text and the question, which the loader says", async () => {
  const plan = (by: string) =>
    planGraph({
      version: 1,
      nodes: {
        document: { stage: "source.inline", with: { text } },
        question: { stage: "source.inline", with: { text: question } },
        model: { stage: "model", with: { path: "tiny" } },
        prompt: {
          stage: "prompt",
          in: { question: "question", model: "model" },
        },
        tokens: {
          stage: "tokenize",
          in: { text: "document", model: "model" },
        },
        chunks: {
          stage: "chunk.even",
          in: { tokens: "tokens", prompt: "prompt", model: "model" },
        },
        ordered: { stage: "chunk.order", in: "chunks", with: { by } },
      },
      outputs: { chunks: "ordered" },
    }, { registry: builtins() });
  await plan("end");
  await assert.rejects(plan("bm25"), /tokens/);
});
