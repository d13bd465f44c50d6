import { heldOutRuns } from "./held_out_runs.ts";
import { oneThread, type PaperRun } from "./paper_run.ts";

/** A task that is solved whatever is varied, and one that is not. */
const bothTasks = "niah_single_2,niah_multivalue";
/** Generated tasks at 8,192 tokens, four times the bundled model's window, with a file of `eval/ablations`. */
function ablation(
  name: string,
  against: string,
  more: readonly string[] = [],
): PaperRun {
  const file = `eval/ablations/${name}.yaml`;
  const args = [
    ...["needles", "--methods", file, "--tasks", bothTasks],
    ...["--lengths", "8192", "--seeds", "0-9", ...more, ...oneThread],
  ];
  return { evals: [args], against };
}

/** Chunks are not weighed by their scores. */
const unweighed = ["--set", "chunkBias=0"];

function perplexity(lengths: string, more: readonly string[] = []): PaperRun {
  const args = [
    ...["perplexity", ...more, "--methods", "eval/held_out.yaml"],
    ...["--lengths", lengths, "--seeds", "0-19", ...oneThread],
  ];
  return { evals: [args], against: "default" };
}

/** Runs by what they make again; all but {@linkcode heldOutRuns} on seeds that may be tuned on. */
export const paperRuns: Readonly<Record<string, PaperRun>> = {
  perplexity: perplexity("2048,8192", [
    ...["--graph", "full attention=full_attention"],
  ]),
  perplexity_32768: perplexity("32768"),
  chunks_kept: ablation("chunks_kept", "3 chunks"),
  chunks_kept_unweighed: ablation("chunks_kept", "3 chunks", unweighed),
  chunk_bias: ablation("chunk_bias", "2 nats"),
  chunk_length: ablation("chunk_length", "the model's window"),
  chunk_length_unweighed: ablation(
    ...["chunk_length", "the model's window", unweighed] as const,
  ),
  capacity: ablation("capacity", "512 entries"),
  query_rows: ablation("query_rows", "all rows"),
  pooling: ablation("pooling", "pool 31"),
  calibration: ablation("calibration", "no calibration"),
  positions: ablation("positions", "reused positions"),
  score_reduce: ablation("score_reduce", "mean log-probability"),
  question_place: ablation("question_place", "question after the context"),
  ...heldOutRuns,
};
