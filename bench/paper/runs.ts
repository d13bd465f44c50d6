/** Something of the paper that `parallelcomp eval` makes again. */
export interface PaperRun {
  readonly args: readonly string[];
  /** The method that all others are compared with, case by case. */
  readonly against: string;
}

/** A generated task at 8,192 tokens, four times the bundled model's window, with a file of `eval/ablations`. */
function ablation(
  name: string,
  against: string,
  tasks = "niah_single_2",
  seeds = "0-9",
): PaperRun {
  const file = `eval/ablations/${name}.yaml`;
  const args = [
    ...["needles", "--methods", file, "--tasks", tasks],
    ...["--lengths", "8192", "--seeds", seeds],
  ];
  return { args, against };
}

/** The same on a task that is solved and on one that is not, on one thread, so that others can work. */
function widerAblation(name: string, against: string): PaperRun {
  const { args } = ablation(name, against, "niah_single_2,niah_multivalue");
  return { args: [...args, "--threads", "1"], against };
}

function perplexity(lengths: string, more: readonly string[] = []): PaperRun {
  const args = [
    ...["perplexity", ...more, "--methods", "eval/held_out.yaml"],
    ...["--lengths", lengths, "--seeds", "0-19", "--threads", "1"],
  ];
  return { args, against: "default" };
}

/** Runs by what they make again; all on seeds that may be tuned on. */
export const paperRuns: Readonly<Record<string, PaperRun>> = {
  perplexity: perplexity("2048,8192", [
    ...["--graph", "full attention=full_attention"],
  ]),
  perplexity_32768: perplexity("32768"),
  capacity: ablation(
    ...["capacity", "512 entries"] as const,
    ...["niah_single_2,niah_multikey_1", "0-4"] as const,
  ),
  chunks_kept: ablation("chunks_kept", "3 chunks"),
  score_reduce: ablation("score_reduce", "mean log-probability"),
  question_place: ablation("question_place", "question after the context"),
  positions: widerAblation("positions", "reused positions"),
  chunk_length: widerAblation("chunk_length", "the model's window"),
  query_rows: widerAblation("query_rows", "all rows"),
  pooling: widerAblation("pooling", "pool 31"),
  calibration: widerAblation("calibration", "no calibration"),
};
