/** Where results of the paper's runs lie, from the repository's root. */
export const resultsFolder = "bench/results/paper";

/** The options that make a run write a part of its rows, to a file of its own. */
const shardOption = /^--shard(?:=(.*))?$/;

/**
 * Where `eval` keeps a run's rows: `NAME.jsonl`, of a shard `NAME.1-of-4.jsonl`, so that several processes can work on
 * one run. `undefined` where the options name another `--output`.
 */
export function rowsPath(
  name: string,
  options: readonly string[],
): string | undefined {
  if (options.some((word) => /^--output(=|$)/.test(word))) return undefined;
  const shard = shardOf(options)?.replace("/", "-of-");
  return `${resultsFolder}/${[name, shard, "jsonl"].filter(Boolean).join(".")}`;
}

/** Whether rows of a run with these options are only some of its rows, or lie elsewhere. */
export function isPart(options: readonly string[]): boolean {
  return rowsPath("", options) !== rowsPath("", []);
}

function shardOf(options: readonly string[]): string | undefined {
  const at = options.findIndex((word) => shardOption.test(word));
  if (at < 0) return undefined;
  return shardOption.exec(options[at]!)![1] ?? options[at + 1];
}
