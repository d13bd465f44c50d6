/**
 * Builds a pipeline in code, without a graph file: the whole document as one chunk, nothing evicted.
 *
 *     deno run -A examples/pipeline_without_file/main.ts
 */
// deno-lint-ignore-file no-console
import { type Answer, builtins, planGraph, runGraph } from "parallelcomp";
import { lastValueFrom } from "rxjs";

const text =
  "Notes of the harbour master. The pass key is 71904. Remember it. 71904 is the pass key. " +
  "The mail boat leaves at noon.";

const plan = await planGraph({
  version: 1,
  nodes: {
    document: { stage: "source.inline", with: { text } },
    question: {
      stage: "source.inline",
      with: { text: "What is the pass key?" },
    },
    model: { stage: "model", with: { path: "tiny" } },
    prompt: {
      stage: "prompt",
      in: { question: "question", model: "model" },
    },
    tokens: { stage: "tokenize", in: { text: "document", model: "model" } },
    chunk: {
      stage: "chunk.whole",
      in: { tokens: "tokens", prompt: "prompt" },
    },
    prefilled: {
      stage: "prefill",
      in: { chunks: "chunk", model: "model" },
    },
    merged: { stage: "merge", in: "prefilled" },
    decoded: {
      stage: "decode",
      in: { context: "merged", prompt: "prompt", model: "model" },
      with: { maxTokens: 16 },
    },
  },
  outputs: { answer: "decoded.answer" },
}, { registry: builtins() });
const { outputs } = runGraph(plan);
const { answer } = await lastValueFrom(outputs.answer!) as Answer;
console.log(`answer: ${answer}`);
