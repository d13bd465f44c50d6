import assert from "node:assert/strict";
import {
  contextNumbers,
  rereadRun,
  type RunNumbers,
} from "../../stages/run_numbers.ts";

const run: RunNumbers = {
  workers: 2,
  batch: 4,
  accuracy: "exact",
  documentTokens: 32_768,
  chunks: 20,
  chunkEntries: 1920,
  keptChunks: 8,
  keptEntries: 512,
  mergedEntries: 4068,
  storedBytes: 0,
};

Deno.test("contextNumbers() of a merged cache that stays are its own", () => {
  assert.deepEqual(contextNumbers(run), {
    merged: 4068,
    reread: [],
    context: 4068,
    changes: false,
  });
  const roomy = { ...run, contextEntries: 5000 };
  assert.deepEqual(contextNumbers(roomy), contextNumbers(run));
});

Deno.test("contextNumbers() of a merged cache that is read again are at most what it has", () => {
  const again = { ...run, rereadEntries: [1536], contextEntries: 512 };
  assert.deepEqual(contextNumbers(again), {
    merged: 4068,
    reread: [1536],
    context: 512,
    changes: true,
  });
  const all = { ...run, rereadEntries: [1536] };
  assert.equal(contextNumbers(all).context, 1536);
  const few = { ...again, keptEntries: 32 };
  assert.deepEqual(contextNumbers(few), {
    merged: 256,
    reread: [256],
    context: 256,
    changes: true,
  });
});

Deno.test("contextNumbers() of a merged cache that is read again twice say both, and decode over the last", () => {
  const twice = { ...run, rereadEntries: [1536, 512] };
  const said = contextNumbers({ ...twice, contextEntries: 512 });
  assert.deepEqual(said.reread, [1536, 512]);
  assert.equal(said.context, 512);
  assert.deepEqual(contextNumbers(twice), said);
  const few = contextNumbers({ ...twice, keptEntries: 128 });
  assert.deepEqual(few.reread, [1024, 512]);
});

Deno.test("contextNumbers() of one kept chunk read nothing again", () => {
  const one = { ...run, keptChunks: 1, rereadEntries: [1536, 512] };
  assert.deepEqual(contextNumbers({ ...one, contextEntries: 512 }), {
    merged: 512,
    reread: [],
    context: 512,
    changes: false,
  });
  assert(contextNumbers({ ...one, contextEntries: 100 }).changes);
});

Deno.test("rereadRun() is one chunk of the text, with no question behind it and nothing evicted inside", () => {
  const inside = { heldEntries: 512, heldLayers: 1, questionRows: 32 };
  assert.deepEqual(rereadRun({ ...run, ...inside }, 1536), {
    ...run,
    batch: 1,
    chunkEntries: 1536,
  });
});
