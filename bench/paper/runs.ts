/** A generated task at 8,192 tokens, four times the bundled model's window, with a file of `eval/ablations`. */
function ablation(
  name: string,
  tasks = "niah_single_2",
  seeds = "0-9",
): string[] {
  const file = `eval/ablations/${name}.yaml`;
  return [
    ...["needles", "--methods", file, "--tasks", tasks],
    ...["--lengths", "8192", "--seeds", seeds],
  ];
}

/** Arguments of `parallelcomp eval` by what they make again; all on seeds that may be tuned on. */
export const paperRuns: Readonly<Record<string, readonly string[]>> = {
  perplexity: [
    ...["perplexity", "--lengths", "2048,8192", "--seeds", "0-4", "--graph"],
    ...["full_attention", "truncate_middle", "streaming_llm"],
    ...["pcw", "paper", "parallelcomp"],
  ],
  capacity: ablation("capacity", "niah_single_2,niah_multikey_1", "0-4"),
  chunks_kept: ablation("chunks_kept"),
  score_reduce: ablation("score_reduce"),
  question_place: ablation("question_place"),
  positions: ablation("positions"),
  chunk_length: ablation("chunk_length"),
  query_rows: ablation("query_rows"),
  pooling: ablation("pooling"),
  calibration: ablation("calibration"),
};
