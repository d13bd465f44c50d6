import assert from "node:assert/strict";
import {
  type DecodeWatch,
  watchDecoding,
} from "../../../cli/experiment/recording_model.ts";
import type { StepChoice } from "../../../kernels/family/step_graph.ts";
import { drawingModel } from "../../sampled_answers.ts";

Deno.test("watchDecoding() sees every token's logits, however a model can choose its tokens by itself", async () => {
  await using model = await drawingModel("cpu", 128, 64);
  const [prefilled] = await model.prefill([{ ids: Int32Array.of(0, 5, 7) }]);
  const { cache } = prefilled!;
  const alone = async (choice: StepChoice, watch: DecodeWatch) => {
    const watched = watchDecoding(model, watch);
    await using state = await watched.decode(cache, 3, undefined, choice);
    await state.step(Int32Array.of(9, 4));
    return [Boolean(state.greedy), Boolean(state.sampled)];
  };
  const positions: number[] = [];
  const opened = (_: unknown, position: number) =>
    void positions.push(position);
  assert.deepEqual(await alone("greedy", { opened }), [true, false]);
  assert.deepEqual(await alone("sampled", { opened }), [false, true]);
  assert.deepEqual(positions, [3, 3]);
  const rows: number[][] = [];
  const stepped = (ids: Int32Array, logits: Float32Array) => {
    assert.equal(logits.length, 128);
    rows.push([...ids]);
  };
  assert.deepEqual(await alone("greedy", { stepped }), [false, false]);
  assert.deepEqual(await alone("sampled", { stepped }), [false, false]);
  assert.deepEqual(rows, [[9, 4], [9, 4]]);
});
