import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseByteSize } from "./byte_size.ts";
import { collectParameter, type ParameterValues } from "./parameter_value.ts";

/** Flags that several commands share, one constant each. */

export const setOption = new Option(
  "--set <name=value>",
  "set a parameter of the graph; may be repeated",
).argParser<ParameterValues>(collectParameter).default(
  {} as ParameterValues,
  "none",
);

export const graphOption = new Option(
  "--graph <graph>",
  "graph file, or name of a shipped graph",
).default("parallelcomp");

export const modelOption = new Option(
  "--model <path>",
  "model: GGUF file, safetensors file or Hugging Face folder",
);

export const promptOption = new Option(
  "--prompt <form>",
  "form of the prompt; chat needs a model with a chat template",
).choices(["auto", "chat", "plain", "raw"] as const);

export const maxTokensOption = new Option(
  "--max-tokens <n>",
  "tokens of the answer at most",
).argParser(positiveInteger);

export const threadsOption = new Option(
  "--threads <n>",
  "threads to compute with",
).argParser(positiveInteger);

export const memoryOption = new Option(
  "--memory <size>",
  "stop before the run if it would need more than this, e.g. 4GB",
).argParser(parseByteSize);

export const jsonOption = new Option(
  "--json",
  "print every event and last the answer as JSON, one object a line",
);

export const outputOption = new Option(
  "--output <file>",
  "also write the answer to a file (with --json: its JSON line), whole or not at all",
);

export const trustOption = new Option(
  "--trust",
  "let the graph's use: import modules from anywhere",
);

export const checkedOption = new Option(
  "--checked",
  "check every value between stages, to find the one that goes wrong first",
);

export const questionOption = new Option(
  "--question <text>",
  "the question",
);

/** Reads a whole number of at least 1. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError("Write a whole number of at least 1.");
  }
  return Number(text);
}
