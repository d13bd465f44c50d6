import assert from "node:assert/strict";
import type { ModelConfig } from "../../../io/model_config.ts";
import { turnKeys } from "../../../kernels/cache/turn_keys.ts";
import {
  maxDiff,
  randomIds,
  randomModel,
  smallConfig,
} from "../random_model.ts";
import { slidingConfig } from "../sliding_config.ts";

const yarn: ModelConfig["ropeScaling"] = {
  type: "yarn",
  factor: 4,
  originalWindow: 64,
  betaFast: 32,
  betaSlow: 1,
};
const configs: Record<string, Partial<ModelConfig>> = {
  plain: {},
  "partly turned": { ropeDim: 8 },
  yarn: { ropeScaling: yarn },
};

for (const [name, config] of Object.entries(configs)) {
  Deno.test(`turnKeys() leaves what a question sees as it is where question and keys move together, ${name}`, async () => {
    await using model = await randomModel({
      config: { ...smallConfig, ...config },
    });
    const [prefilled] = await model.prefill([{ ids: randomIds(40, 1) }]);
    const { cache } = prefilled!;
    const tail = randomIds(7, 2); // [rows]
    const further = turnKeys(cache, 60, model.config);
    const ask = async (asked: typeof cache, position: number) => {
      const [said] = await model.requery([{ cache: asked, position }], tail);
      return said!.logProbs.subarray(1); // [rows - 1]
    };
    const here = await ask(cache, 40);
    assert(maxDiff(await ask(further, 100), here) < 1e-3);
    assert(maxDiff(await ask(further, 40), here) > 1e-2, "keys did not move");
  });
}

Deno.test("turnKeys() by no position is the cache itself, and refuses layers that see the newest entries only", async () => {
  await using model = await randomModel();
  const [prefilled] = await model.prefill([{ ids: randomIds(9, 1) }]);
  const { cache } = prefilled!;
  assert.equal(turnKeys(cache, 0, model.config), cache);
  assert.throws(() => turnKeys(cache, 1, slidingConfig), {
    name: "TypeError",
    message: /see the newest entries only/,
  });
});
