import type { GraphFile, GraphNode } from "../../core/graph.ts";
import type { CaseSetup, RuleFacts, VotesFacts } from "./golden_case.ts";

/** How the question is asked behind a chunk: by `prefill` and `requery`, or by `prefill.question`. */
export type Form = "two passes" | "one pass";

/** What a test may change of a case. */
export interface CaseOptions {
  /** Default: two passes. */
  readonly form?: Form;
  /** Chunks a call. */
  readonly batch?: number;
  readonly select?: {
    readonly n?: number | "all";
    readonly keep?: "lowest" | "highest";
  };
}

/** The steps between the selected chunks and the merged cache, in order. */
export type Step = "votes" | "calibrate";

/** The steps that a case takes, in order. */
export function stepsOf(setup: CaseSetup): readonly Step[] {
  if (setup.order) return setup.order;
  if (setup.votes) return ["votes"];
  return setup.calibrate ? ["calibrate"] : [];
}

/**
 * The graph of a case. Nodes: `document`, `question`, `model`, `prompt`, `tokens`, `chunks`, `prefill` (two passes),
 * `asked`, `scored`, `best`, the steps by name, `merged`, `merged-votes`, `merged-calibrate`, `decoded`.
 */
export function caseGraph(
  setup: CaseSetup,
  { form = "two passes", batch = 1, select = {} }: CaseOptions = {},
): GraphFile {
  const nodes: Record<string, GraphNode> = {
    document: { stage: "source.input", with: { name: "document" } },
    question: { stage: "source.input", with: { name: "question" } },
    model: { stage: "model", with: { path: "given by the caller" } },
    prompt: {
      stage: "prompt",
      in: { question: "question", model: "model" },
      with: promptOptions(setup),
    },
    tokens: {
      stage: "tokenize",
      in: { text: "document", model: "model" },
    },
    chunks: {
      stage: "chunk.even",
      in: { tokens: "tokens", prompt: "prompt", model: "model" },
      with: { window: setup.window, answerTokens: setup.maxNew },
    },
    ...askedNodes(form, batch),
    scored: {
      stage: "score.self-information",
      in: { chunks: "asked", prompt: "prompt" },
    },
    best: {
      stage: "select.top",
      in: "scored",
      with: { n: setup.select, ...select },
    },
  };
  let last = "best";
  for (const step of stepsOf(setup)) {
    nodes[step] = {
      ...(step === "votes" ? votes(setup.votes!) : calibrate(setup.calibrate!)),
      in: { chunks: last, model: "model" },
    };
    last = step;
  }
  nodes.merged = { stage: "merge", in: last };
  last = "merged";
  for (const [name, node] of mergedSteps(setup)) {
    nodes[name] = {
      ...node,
      in: { context: last, prompt: "prompt", model: "model" },
    };
    last = name;
  }
  nodes.decoded = {
    stage: "decode",
    in: { context: last, prompt: "prompt", model: "model" },
    with: { maxTokens: 16, minTokens: 0 },
  };
  return {
    version: 1,
    nodes,
    outputs: { answer: "decoded.answer", context: last },
  };
}

function promptOptions({ prompt }: CaseSetup): Record<string, unknown> {
  if (prompt) return { form: prompt, stop: [] };
  const template = "<|im_start|>u{document}\n{question}<|im_end|><|im_start|>a";
  return { form: "plain", template, stop: [] };
}

function askedNodes(form: Form, batch: number): Record<string, GraphNode> {
  if (form === "one pass") {
    return {
      asked: {
        stage: "prefill.question",
        in: { chunks: "chunks", prompt: "prompt", model: "model" },
        with: { batch },
      },
    };
  }
  return {
    prefill: {
      stage: "prefill",
      in: { chunks: "chunks", model: "model" },
      with: { batch },
    },
    asked: {
      stage: "requery",
      in: { chunks: "prefill", prompt: "prompt", model: "model" },
    },
  };
}

function mergedSteps(setup: CaseSetup): [name: string, node: GraphNode][] {
  const { mergedVotes, mergedCalibrate, select } = setup;
  const steps: [string, GraphNode][] = [];
  if (mergedVotes) {
    const { with: options } = votes({
      ...mergedVotes,
      keep: mergedVotes.keep / select, // the stage counts a chunk's share
    });
    steps.push([
      "merged-votes",
      { stage: "evict.attention-merged", with: options },
    ]);
  }
  if (mergedCalibrate) {
    const { with: options } = calibrate(mergedCalibrate);
    steps.push([
      "merged-calibrate",
      { stage: "calibrate.merged", with: options },
    ]);
  }
  return steps;
}

function votes({ rows, pool, share, keep }: VotesFacts) {
  const options = { rows, pool, share, keep: { entries: keep } };
  return { stage: "evict.attention", with: options };
}

function calibrate(setup: readonly RuleFacts[]) {
  const rules = setup.map(({ depth, layers, ...rule }) => ({
    ...rule,
    layers: depth ? { depth } : layers,
  }));
  return { stage: "calibrate", with: { rules } };
}
