import assert from "node:assert/strict";
import { of } from "rxjs";
import { runQuietly } from "../../../cli/experiment/run_quietly.ts";
import {
  Budget,
  builtins,
  loadGraph,
  type MergedContext,
  shippedGraph,
} from "../../../mod.ts";
import { passKeyDocument, passKeyQuestion } from "../documents.ts";

Deno.test("runQuietly() shows outputs as they pass, and every byte comes back", async () => {
  const plan = await loadGraph(shippedGraph("reread"), {
    registry: builtins(),
    params: { prompt: "raw", maxTokens: 2, window: 256, rereadTokens: 64 },
  });
  const budget = new Budget(2 ** 30);
  const work = {
    inputs: {
      document: of(passKeyDocument(500)),
      question: of(passKeyQuestion),
    },
    replace: {},
    signal: new AbortController().signal,
    budget,
  };
  const seen: string[] = [];
  const look = (name: string) => (value: unknown) => {
    const { places } = value as MergedContext;
    seen.push(places ? `${name} places` : name);
  };
  const names = ["merged.context", "reread.context", "refined.context"];
  const { answer } = await runQuietly(plan, {
    ...work,
    watch: new Map(names.map((name) => [name, look(name)])),
  });
  assert.deepEqual(seen, [
    "merged.context",
    "reread.context places",
    "refined.context places",
  ]);
  assert.equal(budget.used, 0);
  assert.equal((await runQuietly(plan, work)).answer.answer, answer.answer);

  await assert.rejects(
    runQuietly(plan, {
      ...work,
      watch: new Map([["merged.context", () => {
        throw new RangeError("Not this one");
      }]]),
    }),
    /Not this one/,
  );
});
