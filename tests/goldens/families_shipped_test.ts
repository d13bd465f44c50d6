import assert from "node:assert/strict";
import { lastValueFrom, type Observable, of } from "rxjs";
import { loadGraph } from "../../core/load.ts";
import { runGraph } from "../../core/run.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { loadModel } from "../../kernels/load_model.ts";
import { builtins } from "../../stages/builtins.ts";
import type { Answer } from "../../stages/types.ts";
import { maxDiff } from "../kernels/random_model.ts";
import { goldenCase, modelPath, randomModels } from "./golden_case.ts";
import { RecordedModel } from "./recorded_model.ts";

const set = { prompt: "plain", stop: [], maxTokens: 8 };

/** What a shipped graph answers, and the logits of every step. */
async function answerOf(
  model: LanguageModel,
  graph: string,
  text: string,
  params: Readonly<Record<string, unknown>> = {},
) {
  const file = new URL(`../../graphs/${graph}.yaml`, import.meta.url);
  const plan = await loadGraph(file, {
    registry: builtins(),
    params: { ...set, ...params },
  });
  const asked = new RecordedModel(model);
  const { outputs } = runGraph(plan, {
    outputs: ["answer"],
    inputs: { document: of(text), question: of("who?") },
    replace: { "model.model": of(asked) },
  });
  const answer = await lastValueFrom(outputs.answer as Observable<Answer>);
  return { answer, tokens: asked.tokens, steps: asked.steps };
}

type Answered = Awaited<ReturnType<typeof answerOf>>;

function assertAlike(one: Answered, other: Answered): void {
  assert.deepEqual(one.tokens, other.tokens);
  assert(one.steps.length > 0);
  for (const [i, { logits }] of one.steps.entries()) {
    const difference = maxDiff(logits, other.steps[i]!.logits);
    assert(difference < 2e-3, `step ${i}: ${difference}`);
  }
}

for (const name of randomModels()) {
  Deno.test(`rows 14, 32, 35: '${name}' through the shipped graphs: two passes equal one, one chunk equals full attention`, async () => {
    await using model = await loadModel(modelPath(name));
    const { facts } = await goldenCase(name, "votes_question_31");
    const text = facts.text!;

    const few = { keepEntries: 30 };
    const twoPasses = await answerOf(model, "parallelcomp", text, few);
    const onePass = await answerOf(model, "one_pass", text, few);
    const batched = await answerOf(model, "one_pass", text, {
      ...few,
      batch: 4,
    });
    assert(twoPasses.answer.chunks > 3);
    const chunks = ({ answer }: Answered) => answer.kept.map((k) => k.chunk);
    assert.deepEqual(chunks(onePass), chunks(twoPasses));
    assertAlike(onePass, twoPasses);
    assertAlike(batched, onePass);

    const short = text.slice(0, 64);
    const whole = await answerOf(model, "full_attention", short);
    const oneChunk = await answerOf(model, "parallelcomp", short);
    assert.equal(oneChunk.answer.chunks, 1);
    assertAlike(oneChunk, whole);
  });
}
