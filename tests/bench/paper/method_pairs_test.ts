import assert from "node:assert/strict";
import { methodPairs } from "../../../bench/paper/method_pairs.ts";
import { madeRow } from "../../cli/eval/made_row.ts";

Deno.test("methodPairs() keeps what methods read and kept, as means over cases", () => {
  const made = (method: string, seed: number, read?: number) =>
    madeRow({
      case: `fact/8192/${seed}`,
      caseSeed: seed,
      method,
      chunks: 4,
      ...(read !== undefined && { read }),
      kept: {
        chunks: seed + 1,
        entries: 100 * (seed + 1),
        bytes: 0,
        indices: [],
      },
    });
  const { means } = methodPairs(
    [made("all", 0), made("all", 1), made("early", 0, 1), made("early", 1, 2)],
    "all",
  );
  assert.deepEqual(means["fact/8192"], {
    all: { read: 1, chunks: 1.5, entries: 150 },
    early: { read: 0.375, chunks: 1.5, entries: 150 },
  });
});

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
