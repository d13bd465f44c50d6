import assert from "node:assert/strict";
import { lastValueFrom, type Observable, of } from "rxjs";
import {
  type Answer,
  Budget,
  builtins,
  type LanguageModel,
  loadGraph,
  loadModel,
  type RunEvent,
  runGraph,
  shippedGraph,
} from "parallelcomp";
import { randomText } from "../stages/fake_case.ts";

const model =
  new URL("../fixtures/models/gqa_sharded", import.meta.url).pathname;
const registry = builtins();

/** Answer and events of one run; every byte has come back after it. */
async function ask(
  graph: string,
  params: Readonly<Record<string, unknown>>,
  opened?: LanguageModel,
) {
  const plan = await loadGraph(shippedGraph(graph), {
    registry,
    params: { model, threads: 1, maxTokens: 4, ...params },
  });
  const budget = new Budget(1e9);
  const { outputs, events } = runGraph(plan, {
    inputs: {
      document: of(randomText(1600, 3)),
      question: of("Who was it that rode to the sea?"),
    },
    outputs: ["answer"],
    budget,
    ...(opened && { replace: { "model.model": of(opened) } }),
  });
  const said: RunEvent[] = [];
  events.subscribe((event) => said.push(event));
  const answer = await lastValueFrom(outputs.answer as Observable<Answer>);
  // A kernel that runs when reading stops cannot be interrupted: its chunk comes back when it ends.
  using _everything = await budget.lease(1e9, AbortSignal.timeout(20_000));
  const prefilled =
    said.filter((event) =>
      event.type === "chunk" && event.action === "prefilled"
    ).length;
  return { answer, prefilled };
}

/** Scores without the digits that depend on what was computed together. */
const rounded = ({ kept, ...answer }: Answer) => ({
  ...answer,
  kept: kept.map((one) => ({ ...one, score: one.score!.toFixed(3) })),
});

/** A rule that stops as soon as it may. */
const soon = { gap: 0, nats: 0, patience: 0, leastRead: 3, keepChunks: 2 };

Deno.test("early.yaml reads few chunks and prefills no more than are under way by then", async () => {
  await using opened = await loadModel(model, { threads: 1 });
  await ask("early", soon, opened); // sessions are open now
  const { answer, prefilled } = await ask("early", soon, opened);
  assert.equal(answer.read, 3);
  assert(answer.chunks >= 8);
  assert.equal(answer.kept.length, 2);
  assert(prefilled <= 4, `${prefilled}`); // one worker, which cannot be interrupted
});

Deno.test("early.yaml answers alike with batches and with workers", async () => {
  const answers = [];
  for (const [batch, workers] of [[1, 1], [2, 1], [1, 2], [3, 2]]) {
    const { answer } = await ask("early", { ...soon, batch, workers });
    answers.push(rounded(answer));
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
});

Deno.test("early.yaml answers as parallelcomp.yaml does where nothing may stand out, in any order of reading", async () => {
  const params = { keepEntries: 40 };
  const { answer: expected } = await ask("parallelcomp", params);
  for (const order of ["document", "end", "bm25"]) {
    const never = { ...params, order, nats: 1e9 };
    const { answer: { read, ...answer } } = await ask("early", never);
    assert.equal(read, expected.chunks, order);
    assert.deepEqual(rounded(answer), rounded(expected), order);
  }
});
