/** Something of the paper that `parallelcomp eval` makes again. */
export interface PaperRun {
  readonly args: readonly string[];
  /** The method that all others are compared with, case by case. */
  readonly against: string;
}

/** A task that is solved whatever is varied, and one that is not. */
const bothTasks = "niah_single_2,niah_multivalue";
/** Chunks are not weighed by their scores: what varies stands alone. */
const unweighed = ["--set", "chunkBias=0"];

/** Generated tasks at 8,192 tokens, four times the bundled model's window, with a file of `eval/ablations`. */
function ablation(
  name: string,
  against: string,
  { tasks = bothTasks, seeds = "0-9", more = unweighed } = {},
): PaperRun {
  const file = `eval/ablations/${name}.yaml`;
  const args = [
    ...["needles", "--methods", file, "--tasks", tasks],
    ...["--lengths", "8192", "--seeds", seeds, ...more],
  ];
  return { args, against };
}

/** As the default weighs chunks. */
const weighed: { more: string[] } = { more: [] };
const oneTask = { tasks: "niah_single_2" };

function perplexity(lengths: string, more: readonly string[] = []): PaperRun {
  const args = [
    ...["perplexity", ...more, "--methods", "eval/held_out.yaml"],
    ...["--lengths", lengths, "--seeds", "0-19"],
  ];
  return { args, against: "default" };
}

/** Runs by what they make again; all on seeds that may be tuned on. */
export const paperRuns: Readonly<Record<string, PaperRun>> = {
  perplexity: perplexity("2048,8192", [
    ...["--graph", "full attention=full_attention"],
  ]),
  perplexity_32768: perplexity("32768"),
  capacity: ablation("capacity", "512 entries", {
    tasks: "niah_single_2,niah_multikey_1",
    seeds: "0-4",
  }),
  chunks_kept: ablation("chunks_kept", "3 chunks", weighed),
  chunk_bias: ablation("chunk_bias", "2 nats", weighed),
  chunk_length: ablation("chunk_length", "the model's window", weighed),
  score_reduce: ablation("score_reduce", "mean log-probability", oneTask),
  question_place: ablation(
    "question_place",
    "question after the context",
    oneTask,
  ),
  positions: ablation("positions", "reused positions"),
  query_rows: ablation("query_rows", "all rows"),
  pooling: ablation("pooling", "pool 31"),
  calibration: ablation("calibration", "no calibration"),
};
