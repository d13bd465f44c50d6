/**
 * Flags that several commands share, one constant each.
 *
 * @module
 */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseByteSize } from "./byte_size.ts";
import { defaultGraph } from "./default_graph.ts";
import { collectParameter, type ParameterValues } from "./parameter_value.ts";

/** `--set name=value`, repeated: parameters of the graph. */
export const setOption = new Option(
  "--set <name=value>",
  "set a parameter of the graph; may be repeated",
).argParser<ParameterValues>(collectParameter).default(
  {} as ParameterValues,
  "none",
);

/** `--graph`: which graph answers. */
export const graphOption = new Option(
  "--graph <graph>",
  "graph file, or name of a shipped graph",
).default(defaultGraph);

/** `--model`: the graph's parameter `model`. */
export const modelOption = new Option(
  "--model <path>",
  "GGUF file, Hugging Face folder, exported ONNX decoder (its folder or .onnx file), pulled model (hf:owner/name), or the bundled model's name: tiny",
);

/** `--prompt`: the graph's parameter `prompt`. */
export const promptOption = new Option(
  "--prompt <form>",
  "form of the prompt; chat needs a model with a chat template",
).choices(["auto", "chat", "plain", "raw"] as const);

/** `--max-tokens`: the graph's parameter `maxTokens`. */
export const maxTokensOption = new Option(
  "--max-tokens <n>",
  "tokens of the answer at most",
).argParser(positiveInteger);

/** `--threads`: the graph's parameter `threads`. */
export const threadsOption = new Option(
  "--threads <n>",
  "threads to compute with",
).argParser(positiveInteger);

/** `--provider`: the graph's parameter `provider`. */
export const providerOption = new Option(
  "--provider <name>",
  "what computes; auto: cuda where it can be opened, else cpu",
).choices(["auto", "cpu", "webgpu", "cuda"] as const);

/** `--memory`: bytes that the process may hold. */
export const memoryOption = new Option(
  "--memory <size>",
  "stop before the run if it would need more than this, e.g. 4GB",
).argParser(parseByteSize);

/** `--json`: for programs. */
export const jsonOption = new Option(
  "--json",
  "print every event and last the answer as JSON, one object a line",
);

/** `--output`: a file for the answer. */
export const outputOption = new Option(
  "--output <file>",
  "also write the answer to a file (with --json: its JSON line), whole or not at all",
).argParser(fileName);

/** `--record`: a file that `show` reads. */
export const recordOption = new Option(
  "--record <file>",
  "write everything that 'show' needs to show this run later: JSON, with the document's text",
).argParser(fileName);

/** `--html`: a page of a recorded run. */
export const htmlOption = new Option(
  "--html <file>",
  "also write one HTML file that needs nothing else: no network, no other file",
).argParser(fileName);

/** `--trust`: see `loadGraph`. */
export const trustOption = new Option(
  "--trust",
  "let the graph's use: import modules from anywhere",
);

/** `--checked`: see `runGraph`. */
export const checkedOption = new Option(
  "--checked",
  "check every value between stages, to find the one that goes wrong first",
);

/** `--question`, for graphs that read one. */
export const questionOption = new Option(
  "--question <text>",
  "the question",
);

/** Reads a file's name. */
export function fileName(text: string): string {
  if (text === "") throw new InvalidArgumentError("Write a file's name.");
  return text;
}

/** Reads a whole number of at least 1. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError("Write a whole number of at least 1.");
  }
  return Number(text);
}

/** Reads names apart by commas, each once. */
export function names(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (!names.includes("")) return [...new Set(names)];
  throw new InvalidArgumentError("Write names apart by commas.");
}

/** Collects the paths of an option that may be repeated. */
export function collectPath(
  path: string,
  before: readonly string[] | undefined,
): string[] {
  return [...before ?? [], path];
}
