import assert from "node:assert/strict";
import { reachOf, reachSections } from "../../../eval/report/reach_sections.ts";
import { madeRow, madeRows } from "./made_rows.ts";

/** 20 cases a length, so many of them right. */
const rows = (right: Readonly<Record<number, number>>, more = {}) =>
  Object.entries(right).flatMap(([length, count]) =>
    madeRows(20, count, { ...more, length: Number(length) })
  );
const lengthsIn = (right: Readonly<Record<number, number>>) => {
  const { holds, lost } = reachOf(rows(right))!;
  return [holds, lost?.length, lost?.unsure];
};

Deno.test("reachOf() is the longest length up to which a twentieth is lost at most", () => {
  assert.deepEqual(
    lengthsIn({ 2048: 20, 8192: 19, 32768: 20 }),
    [32768, undefined, undefined],
  );
  assert.deepEqual(
    lengthsIn({ 2048: 20, 8192: 19, 32768: 8, 131072: 20 }),
    [8192, 32768, false],
  );
  assert.deepEqual(lengthsIn({ 2048: 14, 8192: 12 }), [2048, 8192, true]);
});

Deno.test("reachOf() counts the smallest of the cells that hold", () => {
  const uneven = [
    ...madeRows(20, 20),
    ...madeRows(5, 5, { length: 8192 }),
    ...madeRows(20, 2, { length: 32768 }),
  ];
  assert.equal(reachOf(uneven)!.n, 5);
});

Deno.test("reachOf() says nothing of one length, of none that is known, and of what was never right", () => {
  assert.equal(reachOf([]), undefined);
  assert.equal(reachOf(rows({ 2048: 20 })), undefined);
  assert.equal(reachOf(rows({ 2048: 0, 8192: 20 })), undefined);
  const published = [madeRow({ length: null }), madeRow({ length: null })];
  assert.equal(reachOf(published), undefined);
});

Deno.test("reachSections() has a line a task and keeps classes of methods apart", () => {
  const blocks = reachSections([
    ...rows({ 2048: 20, 8192: 20 }, { method: "ours" }),
    ...rows({ 2048: 0, 8192: 0 }, { method: "ours", task: "fact" }),
    ...rows({ 2048: 20, 8192: 6 }, { method: "theirs" }),
    ...rows({ 2048: 20, 8192: 0 }, { method: "blind", queryAware: false }),
  ]);
  const tables = blocks.flatMap((b) => b.kind === "table" ? [b] : []);
  assert.deepEqual(
    tables.map(({ caption, head, rows }) => [caption, head, rows]),
    [
      [
        "limits found: query-aware methods",
        ["task", "ours", "theirs"],
        [
          [
            "passkey",
            "8,192 n 20",
            "2,048 n 20, then 0.30 of 1.00 at 8,192 n 20",
          ],
          ["fact", "–", "–"],
        ],
      ],
      [
        "limits found: query-agnostic methods",
        ["task", "blind"],
        [["passkey", "2,048 n 20, then 0.00 of 1.00 at 8,192 n 20"]],
      ],
    ],
  );
  assert.deepEqual(reachSections(madeRows(20, 20)), []);
});
