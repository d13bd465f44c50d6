import { z } from "zod";

/** Version of the file format that this release writes and reads. */
export const recordVersion = 1;

const Count = z.int().min(0);
const Name = z.string();
/** Milliseconds since the run began. */
const At = z.number();

/** A node of the graph as it ran. */
const RecordedNode = z.object({
  name: Name,
  stage: Name,
  options: z.unknown(),
  /** Every connected input, as `node.port`. */
  inputs: z.record(z.string(), z.array(z.string())),
});

/** A piece of the document, and what became of it. */
const RecordedChunk = z.object({
  index: Count,
  /** Bytes of the document's UTF-8 text: `[byteStart, byteEnd)`. */
  byteStart: Count,
  byteEnd: Count,
  /** 1-based line on which it starts. */
  line: Count,
  tokens: Count,
  /** Tokens before the piece's own: position `lead` is its first token. */
  lead: Count,
  /** The last score that it was given. */
  score: z.number().nullable(),
  /**
   * Whether the answer stands on it; evicted: it was merged, but later nothing of it was left; unread: reading stopped
   * before it.
   */
  fate: z.enum(["kept", "evicted", "dropped", "unread"]),
  /** When that was known; null where nobody said. */
  at: At.nullable(),
  /** Where its tokens lie: bytes of every token, from `byteStart` on. Only of chunks that were merged. */
  pieces: z.array(
    z.object({ byteStart: Count, lengths: z.array(Count) }),
  ).optional(),
});

/** A bounded queue: who came, who went. */
const RecordedQueue = z.object({
  node: Name,
  stage: Name,
  steps: z.array(z.object({
    at: At,
    /** Who came; null for those who went after the last had come. */
    chunk: Count.nullable(),
    score: z.number().nullable(),
    /** Who went, in this order. */
    out: z.array(Count),
  })),
});

/** Kept entries of the chunks that were merged, at the outputs of nodes. */
const RecordedSets = z.object({
  layers: Count,
  kvHeads: Count,
  /**
   * Kept positions as runs `[from, to, from, to, …]`, half open; lead tokens included. Inside their chunk, also of
   * tokens that were read again at others. Shared by heads that keep the same.
   */
  lists: z.array(z.array(Count)),
  /** In dependency order; nodes that changed nothing are left out. */
  stages: z.array(z.object({
    node: Name,
    stage: Name,
    /** Whether it is a calibrator; absent where it is none. */
    calibrates: z.literal(true).optional(),
    /** Index of the stage that says what came in; null for the first. */
    before: Count.nullable(),
    chunks: z.array(z.object({
      chunk: Count,
      /** Index into `lists` for every layer and KV head. */
      heads: z.array(Count), // [layers, kvHeads]
      /** What a calibrator gave less weight, and what more; absent where no entry is weighed. */
      lowered: z.array(Count).optional(), // [layers, kvHeads]
      raised: z.array(Count).optional(), // [layers, kvHeads]
    })),
    /** How rows behind the cache see it as a whole; absent where they see it as it is. */
    tempering: z.object({ temperature: z.number(), scale: z.number() })
      .optional(),
  })),
});

/** What a node cost. */
const RecordedCost = z.object({
  node: Name,
  stage: Name,
  /** Wall seconds from the first subscription to the end; null where it did not say. */
  seconds: z.number().nullable(),
  /** Seconds that were spent until it reported, and nobody before it. */
  busy: z.number(),
  /** The stretches behind `busy`. */
  work: z.array(z.tuple([At, At])),
  /** Values that left it. */
  items: Count,
  /** Bytes of KV that left it, all together and in the largest value. */
  bytes: Count,
  largest: Count,
});

/** Everything that is needed to show a run later. */
export const RunRecord = z.object({
  record: z.literal(recordVersion),
  made: z.string(),
  command: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  /** SHA-256 of what was read, by name. */
  hashes: z.record(z.string(), z.string()),
  provider: z.string().nullable(),
  graph: z.object({
    file: z.string(),
    summary: z.string(),
    params: z.record(z.string(), z.unknown()),
    nodes: z.array(RecordedNode),
    outputs: z.record(z.string(), z.string()),
  }),
  document: z.object({
    name: z.string(),
    bytes: Count,
    tokens: Count,
    text: z.string(),
  }).nullable(),
  question: z.string().nullable(),
  answer: z.object({
    text: z.string(),
    finish: z.enum(["stop", "length"]),
    tokens: Count,
    contextTokens: z.number(),
    /** Chunks that were read, where that may be fewer than there are. */
    read: Count.optional(),
  }).nullable(),
  chunks: z.array(RecordedChunk),
  queues: z.array(RecordedQueue),
  sets: RecordedSets,
  costs: z.array(RecordedCost),
  /** Wall seconds by phase, as `--json` gives them. */
  seconds: z.record(z.string(), z.number()),
  /** Most bytes that the process held resident. */
  peakBytes: Count,
  events: z.array(z.looseObject({
    type: z.string(),
    node: Name,
    stage: Name,
    at: At,
  })),
});

/** A recorded run: the content of a file that `--record` wrote. */
export type RunRecord = z.output<typeof RunRecord>;
/** One piece of the document in a {@linkcode RunRecord}. */
export type RecordedChunk = RunRecord["chunks"][number];
/** One queue in a {@linkcode RunRecord}. */
export type RecordedQueue = RunRecord["queues"][number];
/** The kept sets of a {@linkcode RunRecord}. */
export type RecordedSets = RunRecord["sets"];
/** One node's cost in a {@linkcode RunRecord}. */
export type RecordedCost = RunRecord["costs"][number];
