import assert from "node:assert/strict";
import { ARCHITECTURES } from "../../io/architectures/list.ts";
import { openModel } from "../../io/open_model.ts";
import type { WeightSource } from "../../io/weights.ts";
import { checkWeights } from "../../io/weights_check.ts";
import { fixture } from "./fixture.ts";

const architecture = ARCHITECTURES.find(({ name }) => name === "llama")!;

Deno.test("checkWeights() names whichever tensor is missing", async () => {
  await using file = await openModel(fixture("../models/biases"));
  const { weights, config } = file;
  assert.ok(!config.tiedHead && config.attentionBias && config.mlpBias);
  const check = (without?: string) => {
    const names = weights.names.filter((name) => name !== without);
    const left: WeightSource = {
      names,
      has: (name) => names.includes(name),
      shape: (name) => weights.shape(name),
      bytes: (name) => weights.bytes(name),
      read: (name) => weights.read(name),
      readDense: (name) => weights.readDense(name),
    };
    const inFile = (name: string) => name;
    checkWeights(left, config, { architecture, inFile, path: "m" });
  };
  check();
  for (const name of weights.names) {
    // Configurations say of biases of the layers; that of the output may be missing.
    if (name.endsWith("output.bias")) continue;
    assert.throws(() => check(name), {
      message:
        `Cannot read "m": tensor "${name}" is missing; the model is incomplete, so fetch it again`,
    });
  }
});
