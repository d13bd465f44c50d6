import assert from "node:assert/strict";
import { parseRecord } from "../../../cli/record/read_record.ts";
import { wrongSize } from "../../../cli/record/wrong_size.ts";
import { longRecord } from "../show/long_record.ts";
import { oneChunkRecord, sampleRecord } from "./sample_record.ts";

const good = oneChunkRecord("a mill", [[1, 3], [2, 5]]);
const { sets, document, chunks } = good;
const [stage] = sets.stages;
const withHeads = (heads: number[]) => ({
  ...good,
  sets: { ...sets, stages: [{ ...stage!, chunks: [{ chunk: 0, heads }] }] },
});

const damaged = {
  "sets: '1000000000' layers": { ...good, sets: { ...sets, layers: 1e9 } },
  "'2' lists for 3 layers of 2": { ...good, sets: { ...sets, layers: 3 } },
  "chunks.0.heads: no list '2' of 2": withHeads([0, 2]),
  "sets.stages.0.before: '0'": {
    ...good,
    sets: { ...sets, stages: [{ ...stage!, before: 0 }] },
  },
  "sets.lists.0: a run": { ...good, sets: { ...sets, lists: [[1], [2, 5]] } },
  "document.tokens: '1000000000'": {
    ...good,
    document: { ...document!, tokens: 1e9 },
  },
  "chunks.0.tokens: '4000000000'": {
    ...good,
    chunks: [{ ...chunks[0]!, tokens: 4e9 }],
  },
  "chunks.0.tokens: '4000000001'": {
    ...good,
    document: null,
    chunks: [{ ...chunks[0]!, tokens: 4e9 + 1 }],
  },
  "chunks.0.pieces: '6' tokens of 5": {
    ...good,
    chunks: [{ ...chunks[0]!, tokens: 5 }],
  },
};

for (const [message, record] of Object.entries(damaged)) {
  Deno.test(`parseRecord() refuses sizes that nothing bears out: ${message}`, () => {
    assert.throws(
      () => parseRecord("r.json", JSON.stringify(record)),
      ({ message: said }: Error) =>
        said.startsWith("Cannot read the record 'r.json': it is damaged (") &&
        said.includes(message),
    );
  });
}

Deno.test("wrongSize() finds nothing in whole records", () => {
  const long = longRecord({ tokens: 2048 * 41, layers: 4, kvHeads: 2 });
  for (const record of [good, sampleRecord(), long]) {
    assert.equal(wrongSize(record), undefined);
  }
});
