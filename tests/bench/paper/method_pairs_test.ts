import assert from "node:assert/strict";
import { methodPairs } from "../../../bench/paper/method_pairs.ts";
import { madeRow } from "../../cli/eval/made_row.ts";

Deno.test("methodPairs() compares every method with one, and keeps scores in the order of seeds", () => {
  const seeds = [...Array(8).keys()].reverse();
  const rows = ["base", "better", "same"].flatMap((method) =>
    seeds.map((seed) =>
      madeRow({
        case: `fact/8192/${seed}`,
        caseSeed: seed,
        method,
        score: method === "better" || seed === 0 ? 1 : 0,
      })
    )
  );
  const { against, pairs, scores } = methodPairs(rows, "base");
  assert.equal(against, "base");
  const said = pairs.map(({ method, n, difference, tie }) =>
    [method, n, difference, tie] as const
  );
  assert.deepEqual(said, [
    ["better", 8, 0.875, false],
    ["same", 8, 0, true],
  ]);
  assert.deepEqual(scores["fact/8192"]!.base, [1, 0, 0, 0, 0, 0, 0, 0]);
});
