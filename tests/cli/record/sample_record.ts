import {
  recordVersion,
  type RunRecord,
} from "../../../cli/record/run_record.ts";

/** Parts of a record; what is left out is empty. */
export function sampleRecord(parts: Partial<RunRecord> = {}): RunRecord {
  return {
    record: recordVersion,
    made: "2026-01-01T00:00:00.000Z",
    command: ["parallelcomp", "ask", "a.txt", "Who?"],
    versions: { parallelcomp: "0.1.0" },
    hashes: {},
    provider: "cpu",
    graph: {
      file: "parallelcomp",
      summary: "",
      params: {},
      nodes: [],
      outputs: {},
    },
    document: null,
    question: null,
    answer: null,
    chunks: [],
    queues: [],
    sets: { layers: 0, kvHeads: 0, lists: [], stages: [] },
    costs: [],
    seconds: { total: 1 },
    peakBytes: 1,
    events: [],
    ...parts,
  };
}

/** A record of one chunk that was kept whole by `kept` of two heads, a token for every character. */
export function oneChunkRecord(
  text: string,
  kept: readonly (readonly number[])[],
): RunRecord {
  const lengths = [...text].map((c) => new TextEncoder().encode(c).length);
  const bytes = lengths.reduce((a, b) => a + b, 0);
  return sampleRecord({
    document: { name: "a.txt", bytes, tokens: lengths.length, text },
    chunks: [{
      index: 0,
      byteStart: 0,
      byteEnd: bytes,
      line: 1,
      tokens: lengths.length,
      lead: 1,
      score: 0.5,
      fate: "kept",
      at: 1,
      pieces: [{ byteStart: 0, lengths }],
    }],
    sets: {
      layers: 1,
      kvHeads: kept.length,
      lists: kept.map((runs) => [...runs]),
      stages: [{
        node: "merged",
        stage: "merge",
        before: null,
        chunks: [{ chunk: 0, heads: [...kept.keys()] }],
      }],
    },
  });
}
