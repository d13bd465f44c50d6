import assert from "node:assert/strict";
import fc from "fast-check";
import { lastValueFrom, of } from "rxjs";
import {
  type Chunk,
  chunkAnchored,
  chunkEven,
  chunkSinkRecent,
  chunkTruncateMiddle,
  chunkWhole,
  type TokenizedDocument,
} from "../../../stages/mod.ts";
import { cutPoints } from "../../../stages/chunk/cut_points.ts";
import { fakeCase, held, randomText, runStage } from "../fake_case.ts";
import { FakeModel } from "../fake_model.ts";
import { fakeTokenizer } from "../fake_tokenizer.ts";
import { collect, testContext } from "../stage_context.ts";

const document = (text: string): TokenizedDocument => ({
  source: { name: "test", text },
  ...fakeTokenizer.encodeWithOffsets(text),
});
const prompt = {
  question: "?",
  lead: Int32Array.of(256),
  tail: new Int32Array(9),
  scored: [1, 9],
  stop: [],
} as const;
const model = new FakeModel({ config: { window: 100 } });
const inputs = (text: string) => ({
  tokens: of(document(text)),
  prompt: of(prompt),
  model: held(model),
});
const ids = (chunks: readonly Chunk[]) =>
  chunks.flatMap((chunk) => [...chunk.tokens]);

Deno.test("row 2: chunk.even loses nothing, repeats nothing and stays within the budget", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("a", "b.", " c", "\n", "é", "。"), {
        maxLength: 900,
        size: "max",
      }),
      fc.constantFrom("token", "line", "sentence"),
      async (parts, cut) => {
        const text = parts.join("");
        const chunks = await collect(
          runStage(chunkEven, inputs(text), {
            answerTokens: 10,
            cut,
            tolerance: 0.3,
          }, testContext()).chunks,
        );
        const all = document(text);
        const budget = 100 - 1 - 9 - 10;
        assert.deepEqual(ids(chunks), [...all.ids]);
        assert.equal(
          chunks.length,
          Math.max(1, Math.ceil(all.ids.length / budget)),
        );
        for (const [i, chunk] of chunks.entries()) {
          assert(chunk.tokens.length <= budget);
          assert.equal(chunk.index, i);
          assert.equal(chunk.count, chunks.length);
          assert.equal(chunk.byteStart, chunks[i - 1]?.byteEnd ?? 0);
          const before = new TextEncoder().encode(text).subarray(
            0,
            chunk.byteStart,
          );
          assert.equal(chunk.line, 1 + before.filter((b) => b === 10).length);
        }
        assert.equal(
          chunks.at(-1)!.byteEnd,
          new TextEncoder().encode(text).length,
        );
        if (cut !== "token") return;
        const sizes = chunks.map((chunk) => chunk.tokens.length);
        assert(Math.max(...sizes) - Math.min(...sizes) <= 1);
        assert.deepEqual(sizes, sizes.toSorted((a, b) => b - a));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("cutPoints() moves a border to the nearest line or sentence end within the tolerance", () => {
  const cut = (text: string, rule: "line" | "sentence", tolerance = 0.5) =>
    cutPoints(document(text), new TextEncoder().encode(text), {
      cut: rule,
      tolerance,
      budget: 12,
    });
  //            0123456789012345678
  assert.deepEqual(cut("one two\nthree four fiv", "line"), [0, 11, 22]); // 8 would leave 14
  assert.deepEqual(cut("one two t\nhree four", "line"), [0, 10, 19]);
  assert.deepEqual(cut("He left. She did so", "sentence"), [0, 8, 19]);
  assert.deepEqual(cut('He said "No." And so', "sentence", 0.5), [0, 10, 20]); // 13 is above the budget
  assert.deepEqual(cut('He "No." And so on', "sentence"), [0, 8, 18]);
  assert.deepEqual(cut("He pays 3.50 and so", "sentence"), [0, 10, 19]);
  assert.deepEqual(cut("He left. She did so", "sentence", 0.1), [0, 10, 19]);
});

Deno.test("chunk.even with window: half cuts what does not fit as one chunk into chunks of half the room", async () => {
  const sizes = async (tokens: number, cut: "token" | "line") =>
    (await collect(
      runStage(chunkEven, inputs("abcdefghi\n".repeat(tokens / 10)), {
        answerTokens: 10,
        window: "half",
        tolerance: 0.3,
        cut,
      }, testContext()).chunks,
    )).map((chunk) => chunk.tokens.length);
  assert.deepEqual(await sizes(80, "token"), [80]); // the room of a window
  assert.deepEqual(await sizes(90, "token"), [30, 30, 30]);
  assert.deepEqual(await sizes(160, "token"), [40, 40, 40, 40]);
  // a border moves to the end of a line even where chunks are as long as they should be
  assert.deepEqual(await sizes(190, "token"), [38, 38, 38, 38, 38]);
  assert.deepEqual(await sizes(190, "line"), [40, 40, 30, 40, 40]);
});

Deno.test("chunk.even keeps at least questionTokens free", async () => {
  const count = async (questionTokens: number) =>
    (await collect(
      runStage(chunkEven, inputs(randomText(240)), {
        answerTokens: 10,
        questionTokens,
      }, testContext()).chunks,
    )).length;
  assert.equal(await count(0), 3); // 80 tokens each
  assert.equal(await count(9), 3);
  assert.equal(await count(20), 4); // 69 tokens each
});

Deno.test("chunk.even says all numbers when nothing fits", async () => {
  await assert.rejects(
    collect(
      runStage(chunkEven, inputs("text"), { answerTokens: 40 }, testContext())
        .chunks,
    ),
    {
      name: "RangeError",
      message:
        "No room for a chunk: of a window of 100 tokens, lead 1, question 9 and answer 40 leave 50, at least 64 are needed; shorten the question or allow fewer tokens for the answer (maxTokens, --max-tokens)",
    },
  );
});

Deno.test("chunk.even gives one chunk without tokens for an empty document", async () => {
  const { ctx, chunks } = await fakeCase({ text: "" });
  assert.equal(chunks.length, 1);
  assert.equal(chunks[0]!.tokens.length, 0);
  assert.match(
    ctx.events.flatMap((e) => e.type === "warning" ? [e.message] : []).join(),
    /'test' is empty/,
  );
  const bare = {
    ...inputs(""),
    prompt: of({ ...prompt, lead: new Int32Array(0) }),
  };
  await assert.rejects(
    collect(
      runStage(chunkEven, bare, { answerTokens: 0 }, testContext()).chunks,
    ),
    {
      message: /nothing to read/,
    },
  );
});

Deno.test("row 38: chunk.truncate-middle keeps the first and the last half of what fits", async () => {
  const text = randomText(300);
  const options = { answerTokens: 5 }; // 100 - 1 - 9 - 5 = 85
  const chunk = await lastValueFrom(
    runStage(chunkTruncateMiddle, inputs(text), options, testContext()).chunks,
  );
  const all = [...document(text).ids];
  assert.deepEqual([...chunk.tokens], [...all.slice(0, 43), ...all.slice(-42)]);
  const short = await lastValueFrom(
    runStage(chunkTruncateMiddle, inputs("short"), options, testContext())
      .chunks,
  );
  assert.deepEqual(short.tokens, document("short").ids);
});

Deno.test("chunk.truncate-middle with halves of the prompt keeps the tokens of LongBench's pred.py", async () => {
  for (const length of [84, 85, 86, 87, 300]) {
    for (const answerTokens of [5, 6]) {
      const text = randomText(length);
      const given = inputs(text);
      const options = { answerTokens, halves: "prompt" as const };
      const chunk = await lastValueFrom(
        runStage(chunkTruncateMiddle, given, options, testContext()).chunks,
      );
      const whole = [...prompt.lead, ...document(text).ids, ...prompt.tail];
      const most = 100 - answerTokens;
      const half = Math.floor(most / 2);
      assert.deepEqual(
        [...chunk.lead, ...chunk.tokens, ...prompt.tail],
        whole.length > most
          ? [...whole.slice(0, half), ...whole.slice(-half)]
          : whole,
      );
    }
  }
});

Deno.test("chunk.truncate-middle with halves of the prompt keeps a long question whole", async () => {
  const text = randomText(300);
  const long = { ...prompt, tail: new Int32Array(120) };
  const given = { ...inputs(text), prompt: of(long) };
  const options = { answerTokens: 0, window: 200, halves: "prompt" as const };
  const chunk = await lastValueFrom(
    runStage(chunkTruncateMiddle, given, options, testContext()).chunks,
  );
  assert.deepEqual(chunk.tokens, document(text).ids.slice(0, 79));
});

Deno.test("chunk.sink-recent keeps the first tokens and the most recent that fit", async () => {
  const text = randomText(300);
  const options = { answerTokens: 5, sinks: 4 };
  const chunk = await lastValueFrom(
    runStage(chunkSinkRecent, inputs(text), options, testContext()).chunks,
  );
  const all = [...document(text).ids];
  assert.deepEqual([...chunk.tokens], [...all.slice(0, 4), ...all.slice(-81)]);
});

Deno.test("chunk.whole keeps everything, however long", async () => {
  const text = randomText(300);
  const { tokens } = await lastValueFrom(
    runStage(chunkWhole, inputs(text), {}, testContext()).chunks,
  );
  assert.deepEqual(tokens, document(text).ids);
});

Deno.test("chunk.anchored puts the first block before every other one, in half the room", async () => {
  const text = randomText(200, 1);
  const [first, ...others] = await collect(
    runStage(chunkAnchored, inputs(text), { answerTokens: 10 }, testContext())
      .chunks,
  );
  assert(others.length >= 4);
  const all = document(text).ids;
  assert.deepEqual(ids([first!, ...others]), [...all]);
  const anchor = [...prompt.lead, ...first!.tokens];
  assert.deepEqual([...first!.lead], [...prompt.lead]);
  for (const { lead, tokens, positions } of others) {
    assert.deepEqual([...lead], anchor);
    assert(tokens.length <= Math.floor((100 - 1 - 9 - 10) / 2));
    assert.equal(positions, anchor.length + first!.tokens.length + 9);
  }
});
