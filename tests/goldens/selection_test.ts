import assert from "node:assert/strict";
import { from } from "rxjs";
import { loadModel } from "../../kernels/load_model.ts";
import type { Chunk } from "../../stages/types.ts";
import { answerCase, type CaseRun, reread, runCase } from "./case_run.ts";
import {
  documentText,
  goldenCase,
  modelPath,
  randomModels,
  shortSetup,
} from "./golden_case.ts";
import { assertSameLogits } from "./same_run.ts";

const indices = (chunks: CaseRun["best"]) => chunks.map((c) => c.chunk.index);

Deno.test("row 10: the chunk with the pass key is kept with 'lowest' and dropped with 'highest'", async () => {
  const { facts } = await goldenCase("tiny", "none");
  const text = await documentText(facts);
  const before = text.slice(0, text.indexOf("48213"));
  const needle = new TextEncoder().encode(before).length;
  await using model = await loadModel(modelPath("tiny"));

  using lowest = await runCase(model, facts, { select: { n: 1 } });
  const [{ chunk }] = lowest.best as [CaseRun["best"][0]];
  assert(chunk.byteStart <= needle && needle < chunk.byteEnd);
  assert.match(lowest.answer.answer, /^ 48213/);

  const keep = "highest";
  const from = { replace: { "scored.chunks": reread(lowest.scored) } };
  using worst = await runCase(model, facts, {
    select: { n: 1, keep },
    ...from,
  });
  assert.notEqual(worst.best[0]!.chunk.index, chunk.index);
  assert.doesNotMatch(worst.answer.answer, /48213/);
});

Deno.test("row 10: 'highest' keeps the chunks with the highest scores", async () => {
  for (const name of randomModels()) {
    const { facts } = await goldenCase(name, "votes_question_31");
    await using model = await loadModel(modelPath(name));
    using run = await runCase(model, facts, { select: { keep: "highest" } });
    assert.deepEqual(indices(run.best), facts.highest);
  }
});

for (const name of ["tiny", "gqa_sharded"]) {
  Deno.test(`one more chunk that '${name}' does not keep does not change the answer`, async () => {
    const setup = name === "tiny"
      ? await shortSetup()
      : (await goldenCase(name, "none")).facts;
    await using model = await loadModel(modelPath(name));
    using without = await runCase(model, setup);
    const worst = Math.max(...without.scored.map(({ score }) => score!));
    const { chunk } = without.scored.find(({ score }) => score === worst)!;
    const count = without.chunks.length + 1;
    const chunks = [chunk, ...without.chunks]
      .map((chunk, index): Chunk => ({ ...chunk, index, count }));

    const replace = { "chunks.chunks": from(chunks) };
    const { answer, asked } = await answerCase(model, setup, { replace });
    assert.deepEqual(
      answer.kept.map((kept) => kept.chunk),
      indices(without.best).map((index) => index + 1),
    );
    assert.equal(answer.chunks, count);
    assertSameLogits({ answer, asked }, without);
    if (name === "tiny") assert.match(answer.answer, /^ 48213/);
  });
}
