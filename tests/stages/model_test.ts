import assert from "node:assert/strict";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { model } from "../../stages/mod.ts";
import { runStage } from "./fake_case.ts";
import { testContext } from "./stage_context.ts";

const path =
  new URL("../fixtures/models/gqa_sharded", import.meta.url).pathname;

Deno.test("model opens a model, stays open, and closes it with its last reader", async () => {
  let ended = false;
  const { loaded, subscription } = await new Promise<
    { loaded: LanguageModel; subscription: { unsubscribe(): void } }
  >((resolve, reject) => {
    const subscription = runStage(
      model,
      {},
      { path, threads: 1 },
      testContext(),
    )
      .model.subscribe({
        next: (loaded) => resolve({ loaded, subscription }),
        error: reject,
        complete: () => ended = true,
      });
  });
  const batch = [{ ids: Int32Array.of(256, 65, 66) }];
  const [first] = await loaded.prefill(batch);
  assert.equal(first!.cache.layers[0]!.entries, 3);
  assert.equal(ended, false);
  subscription.unsubscribe();
  await new Promise((resolve) => setTimeout(resolve));
  await assert.rejects(loaded.prefill(batch));
});

Deno.test("model says which file it cannot open", async () => {
  await assert.rejects(
    new Promise((resolve, reject) =>
      runStage(model, {}, { path: "no/such/model" }, testContext())
        .model.subscribe({ next: resolve, error: reject })
    ),
    /no\/such\/model/,
  );
});
