import assert from "node:assert/strict";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { loadModel } from "../../kernels/load_model.ts";
import { maxDiff } from "../kernels/random_model.ts";
import { runCase } from "./case_run.ts";
import {
  caseNames,
  documentText,
  goldenCase,
  modelPath,
  plainSetup,
  randomModels,
} from "./golden_case.ts";
import { argmax, type DecodeStep } from "./recorded_model.ts";

/** Greedy decoding of 16 tokens with all ids as one tail behind a cache of the first alone. */
async function plainGeneration(
  model: LanguageModel,
  ids: Int32Array,
): Promise<DecodeStep[]> {
  const [first] = await model.prefill([
    { ids: ids.slice(0, 1), positions: ids.length },
  ]);
  await using state = await model.decode(first!.cache, 1);
  const steps: DecodeStep[] = [];
  let next = ids.slice(1);
  while (steps.length < 16) {
    steps.push({ ids: next, logits: await state.step(next) });
    next = Int32Array.of(argmax(steps.at(-1)!.logits));
  }
  first!.cache.dispose?.();
  return steps;
}

/** A part of a document that fits into one chunk; of the bundled model's, the part with the pass key. */
function oneChunk(text: string): string {
  const key = text.indexOf("pass key");
  return key < 0 ? text.slice(0, 90) : text.slice(key - 1500, key + 1000);
}

for (const name of ["tiny", ...randomModels()]) {
  Deno.test(`row 32: one chunk of '${name}' with nothing evicted is plain generation, token for token`, async () => {
    const caseName = name === "tiny" ? "none" : caseNames(name)[0]!;
    const { facts } = await goldenCase(name, caseName);
    const text = oneChunk(await documentText(facts));
    const setup = plainSetup(facts, { text });
    await using model = await loadModel(modelPath(name));
    for (const form of ["two passes", "one pass"] as const) {
      using run = await runCase(model, setup, { form });
      const { chunks: [chunk, ...others], prompt, asked, context } = run;
      assert.deepEqual(others, []);
      const ids = [...chunk!.lead, ...chunk!.tokens, ...prompt.tail];
      assert.equal(context.position, ids.length - prompt.tail.length);

      const plain = await plainGeneration(model, Int32Array.from(ids));
      const tokens = plain.map(({ logits }) => argmax(logits));
      assert.deepEqual(asked.tokens, tokens);
      for (const [i, { logits }] of plain.entries()) {
        const difference = maxDiff(asked.steps[i]!.logits, logits);
        assert(difference < 1e-3, `step ${i}: difference ${difference}`);
      }
    }
  });
}
