import assert from "node:assert/strict";
import { golden } from "./golden.ts";

Deno.test("golden() reads tensors of every kind with their shapes", async () => {
  const none = await golden<{ kept: number[] }>("tiny/parallelcomp/none");
  assert.deepEqual(none.facts.kept, [0, 1, 2]);
  const logits = none.float32("logits");
  const greedy = none.int32("greedy");
  assert.deepEqual(logits.shape, [8192]);
  assert.deepEqual(greedy.shape, [16]);
  assert.equal(logits.data.indexOf(Math.max(...logits.data)), greedy.data[0]);
  const positions = none.int16("merged_positions");
  assert.deepEqual(positions.shape, [8, 2, 1507 + 1506 + 1506]);
  assert.deepEqual([...positions.data.slice(1505, 1509)], [1505, 1506, 1, 2]);
});

Deno.test("golden() reads what was written: argmax, maximum and rows agree", async () => {
  const g = await golden("tiny/logits");
  const [max, argmax] = [g.float32("max").data, g.int32("argmax").data];
  const rows = g.int32("rows").data;
  const whole = g.float32("row_logits");
  const [, vocab] = whole.shape as [number, number];
  rows.forEach((row, i) => {
    const logits = whole.data.subarray(i * vocab, (i + 1) * vocab); // [vocab]
    assert.equal(logits[argmax[row]!], max[row]);
    assert.ok(logits.every((x) => x <= max[row]!));
  });
});

Deno.test("golden() names what there is when a tensor or its kind is wrong", async () => {
  const g = await golden("gqa_sharded/model");
  assert.throws(() => g.float32("logit"), {
    name: "RangeError",
    message: /no tensor "logit"; it has ids, rows, logits/,
  });
  assert.throws(() => g.float32("ids"), {
    name: "TypeError",
    message: /"ids" of golden "gqa_sharded\/model" is int32, not float32/,
  });
  await assert.rejects(golden("no/such"), Deno.errors.NotFound);
});
