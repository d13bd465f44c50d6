import assert from "node:assert/strict";
import { lastValueFrom, type Observable, of } from "rxjs";
import { loadGraph } from "../../core/load.ts";
import { runGraph } from "../../core/run.ts";
import { loadModel } from "../../kernels/load_model.ts";
import { hostCache } from "../../kernels/cache/resident_cache.ts";
import { builtins } from "../../stages/builtins.ts";
import type { Answer, MergedContext } from "../../stages/types.ts";
import { maxDiff } from "../kernels/random_model.ts";
import { documentText, goldenCase, modelPath } from "./golden_case.ts";
import { assertMergedAgrees } from "./merged_agree.ts";
import { RecordedModel } from "./recorded_model.ts";

/** The reference weighs no chunks. */
const alike = { chunkBias: 0 };
const perHead = { ...alike, share: "none" };
const cases = [
  {
    graph: "parallelcomp",
    prompt: "plain",
    name: "votes_question_31",
    set: perHead,
  },
  {
    graph: "parallelcomp",
    prompt: "plain",
    name: "votes_model",
    set: { ...alike, share: "model", keepEntries: 256 },
  },
  { graph: "parallelcomp", prompt: "auto", name: "votes_chat", set: perHead },
  { graph: "paper", prompt: "plain", name: "paper", set: {} },
];

for (const { graph, prompt, name, set } of cases) {
  Deno.test(`rows 17, 33: graphs/${graph}.yaml with prompt: ${prompt} equals the reference, ${name}`, async () => {
    const expected = await goldenCase("tiny", name);
    const { facts } = expected;
    const file = new URL(`../../graphs/${graph}.yaml`, import.meta.url);
    const plan = await loadGraph(file, {
      registry: builtins(),
      params: { prompt, stop: [], maxTokens: facts.maxNew, ...set },
    });
    await using model = await loadModel(modelPath("tiny"));
    const asked = new RecordedModel(model);
    const { outputs } = runGraph(plan, {
      outputs: ["merged", "answer"],
      inputs: {
        document: of(await documentText(facts)),
        question: of(facts.question),
      },
      replace: { "model.model": of(asked) },
    });
    const [context, answer] = await Promise.all([
      lastValueFrom(outputs.merged as Observable<MergedContext>),
      lastValueFrom(outputs.answer as Observable<Answer>),
    ]);
    const cache = await hostCache(context.cache);
    assertMergedAgrees({ context: { ...context, cache } }, expected);
    context.release();
    assert.deepEqual(answer.kept.map(({ chunk }) => chunk), facts.kept);
    assert.deepEqual(asked.decodes, [facts.position]);
    const { logits } = asked.steps[0]!;
    const difference = maxDiff(logits, expected.float32("logits").data);
    assert(difference < 2e-3, `logits differ by ${difference}`);
    const greedy = [...expected.int32("greedy").data];
    assert.deepEqual(asked.tokens.slice(0, 16), greedy);
    assert.match(answer.answer, /^ ?48213/);
  });
}
