import { smollm2 } from "../../tests/model/smollm2.ts";
import { oneThread, type PaperRun } from "./paper_run.ts";

/** Cases a cell of the bundled model up to 32,768 tokens. */
const SEEDS = "0-19";
/** Cases a cell of the bundled model at 131,072 tokens. */
const LONGEST_SEEDS = "0-4";
/** Cases a cell of SmolLM2-135M. */
const SMOLLM2_SEEDS = "0-9";
/** Texts a cell of SmolLM2-135M's perplexity. */
const SMOLLM2_TEXTS = "0-4";
/** Cases a cell of every baseline. */
const BASELINE_SEEDS = "0-9";

const methods = ["--methods", "eval/held_out.yaml"];
/** Costs with the square of the length: it is asked at the first lengths alone. */
const fullAttention = ["--graph", "full attention=full_attention"];

function asked(
  suite: string,
  lengths: string,
  seeds: string,
  more: readonly string[],
): readonly string[] {
  const cases = ["--lengths", lengths, "--seeds", seeds];
  return [suite, ...more, ...methods, ...cases, ...oneThread];
}

const heldOut = (
  lengths: string,
  seeds: string,
  more: readonly string[] = [],
) => asked("needles", lengths, seeds, ["--held-out", ...more]);

const chatTurns = ["--template", "ruler"];

/** One number, one of many, a fact, and several numbers. */
const baselineTasks = "niah_single_2,niah_multikey_2,fact,niah_multivalue";
/** What is not as good past the window as inside it, and two tasks that are. */
const openTasks = "fact,two-hop,niah_multivalue,niah_single_1";

/** Methods of a file on some generated tasks, held-out cases. */
function methodsOf(
  file: string,
  tasks: string,
  lengths: string,
  seeds: string,
): readonly string[] {
  const cases = ["--tasks", tasks, "--lengths", lengths, "--seeds", seeds];
  return [
    ...["needles", "--held-out", "--methods", file],
    ...cases,
    ...oneThread,
  ];
}

/**
 * What takes hours, or a model that is not bundled: answers past the window, the baselines and the open problem on seeds
 * that nothing was tuned on, and SmolLM2-135M's perplexity.
 */
export const heldOutRuns: Readonly<Record<string, PaperRun>> = {
  held_out: {
    evals: [
      heldOut("2048,8192", SEEDS, fullAttention),
      heldOut("32768", SEEDS),
      heldOut("131072", LONGEST_SEEDS),
    ],
    against: "default",
    onlyNamed: "hours",
  },
  held_out_smollm2: {
    evals: [
      heldOut("8192", SMOLLM2_SEEDS, [...chatTurns, ...fullAttention]),
      heldOut("16384,32768", SMOLLM2_SEEDS, chatTurns),
    ],
    against: "default",
    model: smollm2,
    onlyNamed: "hours, downloads SmolLM2-135M",
  },
  baselines: {
    evals: [
      methodsOf(
        "eval/baselines.yaml",
        baselineTasks,
        "2048,8192",
        BASELINE_SEEDS,
      ),
    ],
    against: "default",
    onlyNamed: "19 methods",
  },
  open_problem: {
    evals: [
      methodsOf("eval/open_problem.yaml", openTasks, "8192,32768", SEEDS),
    ],
    against: "default",
    onlyNamed: "14 methods up to 32,768 tokens",
  },
  perplexity_smollm2: {
    evals: [
      asked("perplexity", "2048,8192", SMOLLM2_TEXTS, fullAttention),
      asked("perplexity", "16384,32768", SMOLLM2_TEXTS, []),
    ],
    against: "default",
    model: smollm2,
    onlyNamed: "downloads SmolLM2-135M",
  },
};
