import assert from "node:assert/strict";
import { lastValueFrom, type Observable, of } from "rxjs";
import type { z } from "zod";
import { loadGraph } from "../../core/load.ts";
import { runGraph } from "../../core/run.ts";
import { builtins } from "../../stages/builtins.ts";
import { type ModelOptions, openFor } from "../../stages/model.ts";
import type { Answer } from "../../stages/types.ts";
import { golden } from "../golden.ts";
import { modelPath } from "../goldens/golden_case.ts";
import { RecordedModel } from "../goldens/recorded_model.ts";
import { maxDiff } from "../kernels/random_model.ts";

/** What a golden of a baseline says; tools/goldens/baselines.py writes it. */
interface Facts {
  readonly graph: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly document: string;
  readonly question: string;
}

const model = "gqa_sharded";
const folder = new URL(
  `../fixtures/goldens/${model}/baselines/`,
  import.meta.url,
);
const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -".json".length)).sort();

/** Runs a graph on a model that its own model node opens. */
async function run({ graph, params, document, question }: Facts) {
  const file = new URL(`../../graphs/${graph}.yaml`, import.meta.url);
  const plan = await loadGraph(file, {
    registry: builtins(),
    params: { ...params, model: modelPath(model) },
  });
  const node = plan.nodes.find(({ stage }) => stage.name === "model")!;
  await using opened = await openFor(
    node.options as z.output<typeof ModelOptions>,
  );
  const asked = new RecordedModel(opened);
  const { outputs } = runGraph(plan, {
    outputs: ["answer"],
    inputs: { document: of(document), question: of(question) },
    replace: { "model.model": of(asked) },
  });
  const answer = await lastValueFrom(outputs.answer as Observable<Answer>);
  return { asked, answer };
}

for (const name of names) {
  Deno.test(`baselines: ${name} equals masks and positions written out, logits and 16 greedy tokens`, async () => {
    const expected = await golden<Facts>(`${model}/baselines/${name}`);
    const { asked } = await run(expected.facts);
    const { logits } = asked.steps[0]!;
    const difference = maxDiff(logits, expected.float32("logits").data);
    assert(difference < 2e-3, `logits differ by ${difference}`);
    const greedy = [...expected.int32("greedy").data];
    assert.deepEqual(asked.tokens.slice(0, greedy.length), greedy);
  });
}
