import assert from "node:assert/strict";
import { lastValueFrom, of } from "rxjs";
import {
  type Answer,
  builtins,
  type GraphFile,
  loadGraph,
  type RunEvent,
  runGraph,
} from "parallelcomp";
import { randomText } from "../stages/fake_case.ts";

const folder = new URL("../../graphs/", import.meta.url);
const model =
  new URL("../fixtures/models/gqa_sharded", import.meta.url).pathname;
const registry = builtins();

/** The answer of a graph, the chunks that were merged, and how many tokens were read again, reading by reading. */
async function ask(
  name: string,
  text: string,
  params: Record<string, unknown> = {},
  revise = (graph: GraphFile) => graph,
) {
  const plan = await loadGraph(new URL(name, folder), {
    registry,
    revise,
    params: { model, maxTokens: 8, prompt: "raw", ...params },
  });
  const inputs = { document: of(text), question: of("Who?") };
  const run = runGraph(plan, { inputs, outputs: ["answer"] });
  const events: RunEvent[] = [];
  run.events.subscribe((event) => events.push(event));
  const answer = await lastValueFrom(run.outputs.answer!) as Answer;
  const merged =
    events.filter((event) =>
      event.type === "chunk" && event.action === "merged"
    ).length;
  const read = events.flatMap((event) =>
    event.type === "metric" && event.name === "rereadTokens"
      ? [event.value]
      : []
  );
  return { answer, merged, read };
}

/** Nothing is evicted, no chunk left out, and none counts less. */
const everything = {
  keepChunks: "all",
  chunkBias: 0,
  keepEntries: 500,
  rereadTokens: 500,
  answerEntries: 500,
};

Deno.test("reread.yaml answers as full attention does over a document that fits when it is read again", async () => {
  for (const seed of [3, 4, 5]) {
    const text = randomText(90, seed);
    const whole = await ask("full_attention.yaml", text);
    const apart = await ask("reread.yaml", text, { window: 88, ...everything });
    assert(apart.merged >= 2, "it was read in chunks first");
    assert.equal(apart.read.length, 2);
    assert.equal(apart.read[0], apart.read[1]);
    const { kept, ...answer } = apart.answer;
    const { kept: one, chunks: _, ...wanted } = whole.answer;
    assert.deepEqual(answer, { ...wanted, chunks: apart.merged });
    assert.equal(kept.length, apart.merged);
    const entries = kept.reduce((sum, { entries }) => sum + entries, 0);
    assert.equal(entries, one[0]!.entries);
  }
});

Deno.test("reread.yaml reads what was chosen, and less of it again", async () => {
  const { answer, read, merged } = await ask("reread.yaml", randomText(400), {
    keepChunks: 4,
    keepEntries: 40,
    rereadTokens: 60,
    answerEntries: 30,
    pool: 3,
  });
  assert.equal(merged, 4);
  const [first, second] = read as [number, number]; // a lead is no token
  assert.equal(read.length, 2);
  assert(first < 60 && first >= 55, `${first}`);
  assert.equal(second, 30 - (60 - first));
  assert.equal(answer.contextTokens, 30);
  const entries = answer.kept.reduce((sum, { entries }) => sum + entries, 0);
  assert.equal(entries, 30);
});

/** The graph with an evictor that keeps what any head attends to, as reread.yaml's does. */
function votesAlike({ nodes, ...graph }: GraphFile): GraphFile {
  const { evicted } = nodes;
  const options = { ...evicted!.with, reduce: "max", agree: "max" };
  return {
    ...graph,
    nodes: { ...nodes, evicted: { ...evicted!, with: options } },
  };
}

Deno.test("over one chunk reread.yaml answers as parallelcomp.yaml does with the same votes", async () => {
  const text = randomText(70, 8);
  const params = { keepEntries: 40, pool: 3 };
  const merged = await ask("parallelcomp.yaml", text, {
    ...params,
    share: "model",
  }, votesAlike);
  const again = await ask("reread.yaml", text, params);
  assert.deepEqual(again.read, []);
  assert.deepEqual(again.answer, merged.answer);
  assert.equal(again.answer.contextTokens, 40);
});
