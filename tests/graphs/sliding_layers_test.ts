import assert from "node:assert/strict";
import { lastValueFrom, of } from "rxjs";
import { type Answer, builtins, loadGraph, runGraph } from "parallelcomp";
import { randomText } from "../stages/fake_case.ts";

const folder = new URL("../../graphs/", import.meta.url);
const models = new URL("../fixtures/models/", import.meta.url);

for (const name of ["gemma2", "gemma3", "qwen2_sliding", "mistral"]) {
  Deno.test(`reread.yaml answers with layers that see 24 entries: ${name}`, async () => {
    for (const keepEntries of [15, 40]) { // fewer than such a layer holds, and more
      const plan = await loadGraph(new URL("reread.yaml", folder), {
        registry: builtins(),
        params: {
          model: new URL(name, models).pathname,
          maxTokens: 4,
          prompt: "raw",
          keepEntries,
          rereadTokens: 50,
          answerEntries: 30,
          pool: 3,
        },
      });
      const inputs = { document: of(randomText(400)), question: of("Who?") };
      const run = runGraph(plan, { inputs, outputs: ["answer"] });
      const read: number[] = [];
      run.events.subscribe((event) => {
        if (event.type === "metric" && event.name === "rereadTokens") {
          read.push(event.value);
        }
      });
      const { tokens, contextTokens } = await lastValueFrom(
        run.outputs.answer!,
      ) as Answer;
      assert.equal(tokens, 4);
      assert(contextTokens > 15 && contextTokens <= 30, `${contextTokens}`);
      assert(read[0]! >= 49 && read[0]! <= 50, `${read}`);
    }
  });
}
