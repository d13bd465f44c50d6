import assert from "node:assert/strict";
import { forkJoin, lastValueFrom, of, toArray } from "rxjs";
import {
  type Answer,
  Budget,
  builtins,
  type KvChunk,
  loadGraph,
  type RunEvent,
  runGraph,
} from "parallelcomp";
import { randomText } from "../stages/fake_case.ts";

const folder = new URL("../../graphs/", import.meta.url);
const model =
  new URL("../fixtures/models/gqa_sharded", import.meta.url).pathname;
const names = [...Deno.readDirSync(folder)].map((entry) => entry.name)
  .filter((name) => name.endsWith(".yaml")).sort();
const registry = builtins();
const text = randomText(400, 3);
const inputs = {
  document: of(text),
  question: of("Who was it?"),
};

const load = (name: string, params: Record<string, unknown> = {}) =>
  loadGraph(new URL(name, folder), {
    registry,
    params: { model, maxTokens: 8, ...params },
  });

/** Parameters that have no default that answers. */
const needed: Record<string, Record<string, unknown>> = {
  "oracle_chunk.yaml": { evidence: [text.slice(200, 220)] },
};

/** Answer, streamed text and events of one run. */
async function ask(name: string, params: Record<string, unknown> = {}) {
  const plan = await load(name, { ...needed[name], ...params });
  const run = runGraph(plan, { inputs, checked: true });
  const events: RunEvent[] = [];
  run.events.subscribe((event) => events.push(event));
  const { answer, text } = await lastValueFrom(
    forkJoin({
      answer: run.outputs.answer!,
      text: run.outputs.text!.pipe(toArray()),
    }),
  );
  return { answer: answer as Answer, text: text as string[], events };
}

Deno.test("every graph file loads, and has the same inputs and outputs", async () => {
  assert(names.length >= 6);
  for (const name of names) {
    const plan = await load(name);
    assert.deepEqual(Object.keys(plan.outputs), ["text", "answer"], name);
    assert.deepEqual(plan.warnings, [], name);
    const sources = plan.nodes.filter((node) =>
      node.stage.name === "source.input"
    )
      .map((node) => (node.options as { name: string }).name);
    assert.deepEqual(sources.sort(), ["document", "question"], name);
    const { model: path } =
      (await loadGraph(new URL(name, folder), { registry })).params;
    assert.equal(path, "tiny", name);
  }
});

Deno.test("every graph file answers, streams what it answers, and ends", async () => {
  for (const name of names) {
    const { answer, text, events } = await ask(name);
    assert.equal(text.join(""), answer.answer, name);
    assert(answer.tokens >= 1 && answer.tokens <= 8, name);
    assert(answer.kept.length >= 1, name);
    const started = events.filter((e) => e.type === "started").length;
    assert.equal(
      events.filter((e) => e.type === "completed").length,
      started,
      name,
    );
  }
});

Deno.test("row 38: the baselines read what they say", async () => {
  const read = async (name: string) => (await ask(name)).answer.contextTokens;
  const whole = await read("full_attention.yaml");
  assert(whole > 400);
  const fits = 128 - 8; // window less answer
  assert(await read("truncate_middle.yaml") < fits);
  assert.equal(
    await read("streaming_llm.yaml"),
    await read("truncate_middle.yaml"),
  );
});

Deno.test("one_pass.yaml answers as parallelcomp.yaml does", async () => {
  const strip = ({ kept, ...answer }: Answer) => ({
    ...answer,
    kept: kept.map((chunk) => ({ ...chunk, score: chunk.score!.toFixed(4) })),
  });
  const params = { keepEntries: 40 };
  const two = await ask("parallelcomp.yaml", params);
  const one = await ask("one_pass.yaml", params);
  assert.deepEqual(strip(one.answer), strip(two.answer));
  assert.equal(one.answer.kept[0]!.entries, 40);
});

Deno.test("row 30: paper.yaml calibrates, keeps half a chunk and three chunks", async () => {
  const { answer, events } = await ask("paper.yaml", {
    lambda: 0.02,
    zoneWidth: 20,
  });
  assert.equal(answer.kept.length, 3);
  const of = (action: string) =>
    events.filter((e) => e.type === "chunk" && e.action === action).length;
  assert.equal(of("calibrated"), 3);
  assert.equal(of("evicted"), 3);
  for (const { entries, entriesBefore } of answer.kept) {
    assert(entries <= Math.ceil(entriesBefore / 2));
    assert(entries > entriesBefore / 2 - 8);
  }
});

Deno.test("row 49: keeping all chunks fails cleanly where the memory is too small", async () => {
  const plan = await load("parallelcomp.yaml", { keepChunks: "all" });
  const run = runGraph(plan, {
    inputs,
    budget: new Budget(150_000),
    outputs: ["answer"],
  });
  await assert.rejects(lastValueFrom(run.outputs.answer!), {
    message:
      /Node 'best' \(select.top\) failed: Keeping 5 of 5 chunks needs \d+ bytes of KV .* the memory budget is 150000/,
  });
  const budget = new Budget(300_000);
  const fewer = runGraph(await load("parallelcomp.yaml", { keepChunks: 1 }), {
    inputs,
    budget,
    outputs: ["answer"],
  });
  await lastValueFrom(fewer.outputs.answer!);
  assert.equal(budget.used, 0);
});

Deno.test("a chunk that loses is released while the run goes on", async () => {
  const plan = await load("parallelcomp.yaml", { keepChunks: 1 });
  const run = runGraph(plan, { inputs, outputs: ["evicted.chunks"] });
  const order: string[] = [];
  run.events.subscribe((e) => {
    if (e.type === "chunk") order.push(e.action);
  });
  const kept = await lastValueFrom(run.outputs["evicted.chunks"]!) as KvChunk;
  kept.release();
  assert(order.indexOf("dropped") < order.lastIndexOf("scored"));
});
