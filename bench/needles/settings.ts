/** One way to answer: a shipped graph with parameters. */
export interface Setting {
  readonly name: string;
  readonly graph: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const completion = { prompt: "raw", maxTokens: 16 };

/** What is compared. */
export const settings = {
  none: {
    name: "3 best chunks, nothing evicted",
    graph: "parallelcomp",
    params: { ...completion, keepEntries: 100_000 },
  },
  votes: {
    name: "votes question / 31, 512 entries a chunk",
    graph: "parallelcomp",
    params: { ...completion, keepEntries: 512 },
  },
  votesHead: {
    name: "the same, a set for every head",
    graph: "parallelcomp",
    params: { ...completion, keepEntries: 512, share: "none" },
  },
  votesModel: {
    name: "the same, one set for the model",
    graph: "parallelcomp",
    params: { ...completion, keepEntries: 512, share: "model" },
  },
  paper: {
    name: "the paper's rule: votes 8 / 7, half a chunk, calibrated",
    graph: "paper",
    params: completion,
  },
  full: {
    name: "full attention",
    graph: "full_attention",
    params: completion,
  },
  truncate: {
    name: "truncation of the middle",
    graph: "truncate_middle",
    params: completion,
  },
  streaming: {
    name: "StreamingLLM by recomputation",
    graph: "streaming_llm",
    params: completion,
  },
} as const satisfies Record<string, Setting>;
