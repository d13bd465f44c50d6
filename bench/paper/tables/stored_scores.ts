import type { MethodMeans, MethodPair, MethodPairs } from "../method_pairs.ts";

/** What is stored of a run, as tables read it. */
export interface StoredScores {
  /** Scores by case; empty where nothing is stored. */
  at(task: string, length: number, method: string): readonly number[];
  /** What the method differs by from the one that all are compared with. */
  pair(task: string, length: number, method: string): MethodPair | undefined;
  /** What it read and kept; results of before have none. */
  means(task: string, length: number, method: string): MethodMeans | undefined;
}

/** Scores of `NAME.pairs.json`; of a run that is not stored none. */
export async function readScores(
  folder: URL,
  name: string,
): Promise<StoredScores> {
  const stored = await readStored(folder, `${name}.pairs.json`);
  const { scores = {}, ...more } = (stored ?? {}) as Partial<MethodPairs>;
  return scoresAt(scores, more);
}

/** Scores as they are stored, by task and length, then by method, with what else there is. */
export function scoresAt(
  scores: MethodPairs["scores"],
  { pairs = [], means = {} }: Partial<
    Pick<MethodPairs, "pairs" | "means">
  > = {},
): StoredScores {
  return {
    at: (task, length, method) => scores[`${task}/${length}`]?.[method] ?? [],
    pair: (task, length, method) =>
      pairs.find((pair) =>
        pair.task === task && pair.length === length && pair.method === method
      ),
    means: (task, length, method) => means[`${task}/${length}`]?.[method],
  };
}

/** A stored result; `undefined` where it is not there. */
export async function readStored(
  folder: URL,
  file: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(new URL(file, folder)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
