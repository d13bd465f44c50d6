import type { RunRecord } from "../../../cli/record/run_record.ts";
import { positionRuns } from "../../../cli/record/position_lists.ts";
import { seeded } from "../../../eval/tasks/random.ts";
import { sampleRecord } from "../record/sample_record.ts";

/** A long run in which every head keeps 512 entries of its own, drawn one by one: runs are as short as they can be. */
export function longRecord(
  { tokens, layers, kvHeads }: {
    readonly tokens: number;
    readonly layers: number;
    readonly kvHeads: number;
  },
): RunRecord {
  const random = seeded(1);
  const size = 2048;
  const count = tokens / size;
  const kept = [5, 20, 40];
  const lists = Array.from({ length: kept.length * layers * kvHeads }, () => {
    const positions = new Set<number>();
    while (positions.size < 512) positions.add(Math.floor(random() * size));
    return positionRuns(Int32Array.from(positions));
  });
  return sampleRecord({
    document: {
      name: "long.txt",
      bytes: tokens * 4,
      tokens,
      text: "abc ".repeat(tokens),
    },
    chunks: Array.from({ length: count }, (_, index) => ({
      index,
      byteStart: index * size * 4,
      byteEnd: (index + 1) * size * 4,
      line: 1,
      tokens: size,
      lead: 0,
      score: random(),
      fate: kept.includes(index) ? "kept" as const : "dropped" as const,
      at: index,
      ...(kept.includes(index) && {
        pieces: [{ byteStart: index * size * 4, lengths: Array(size).fill(4) }],
      }),
    })),
    sets: {
      layers,
      kvHeads,
      lists,
      stages: [{
        node: "merged",
        stage: "merge",
        before: null,
        chunks: kept.map((chunk, i) => ({
          chunk,
          heads: Array.from(
            { length: layers * kvHeads },
            (_, head) => i * layers * kvHeads + head,
          ),
        })),
      }],
    },
    events: Array.from({ length: 8 * count }, (_, i) => ({
      node: "prefill",
      stage: "prefill",
      at: i,
      type: "chunk",
      action: "prefilled",
      chunk: i,
    })),
  });
}
