import assert from "node:assert/strict";
import fc from "fast-check";
import { DocumentText } from "../../../cli/show/document_text.ts";
import { runsWithout } from "../../../cli/show/final_sets.ts";
import { markedText } from "../../../cli/show/marked_text.ts";
import { positionRuns } from "../../../cli/record/position_lists.ts";
import { oneChunkRecord } from "../record/sample_record.ts";

const partsOf = (record: ReturnType<typeof oneChunkRecord>) =>
  markedText(
    record,
    record.chunks[0]!,
    new DocumentText(record.document!.text),
  );

Deno.test("markedText() says by how many heads each stretch was kept; the lead is no text", () => {
  const record = oneChunkRecord("abcdef", [[0, 3, 6, 7], [0, 2]]);
  assert.deepEqual(partsOf(record), [["a", 2], ["b", 1], ["cde", 0], ["f", 1]]);
});

Deno.test("markedText() never cuts a character that several tokens share", () => {
  const record = oneChunkRecord("a🐋b", [[1, 3], [2, 4]]);
  record.chunks[0]!.tokens = 4;
  record.chunks[0]!.pieces = [{ byteStart: 0, lengths: [1, 2, 2, 1] }];
  assert.deepEqual(partsOf(record).map(([text]) => text).join(""), "a🐋b");
  assert.deepEqual(partsOf(record), [["a", 1], ["🐋", 2], ["b", 0]]);
});

Deno.test("markedText() tells what was never read from what was evicted", () => {
  const record = oneChunkRecord("abcdef", [[1, 2], [1, 2]]);
  record.chunks[0]!.tokens = 3;
  record.chunks[0]!.pieces = [
    { byteStart: 0, lengths: [1, 1] },
    { byteStart: 5, lengths: [1] },
  ];
  assert.deepEqual(partsOf(record), [["a", 2], ["b", 0], ["cde", -1], [
    "f",
    0,
  ]]);
});

Deno.test("runsWithout() is the difference of two sets", () => {
  const positions = fc.array(fc.nat(40), { maxLength: 30 });
  fc.assert(fc.property(positions, positions, (a, b) => {
    const runs = (list: readonly number[]) =>
      positionRuns(Int32Array.from(list));
    const left = a.filter((at) => !b.includes(at));
    assert.deepEqual(
      runs(left).join(),
      positionRuns(Int32Array.from(
        expand(runsWithout(runs(a), runs(b))),
      )).join(),
    );
  }));
});

function expand(runs: readonly number[]): number[] {
  const all: number[] = [];
  for (let i = 0; i < runs.length; i += 2) {
    for (let at = runs[i]!; at < runs[i + 1]!; at++) all.push(at);
  }
  return all;
}
