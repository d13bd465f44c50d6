/** What is stored of a run, as tables read it. */
export interface StoredScores {
  /** Scores by case; empty where nothing is stored. */
  at(task: string, length: number, method: string): readonly number[];
}

/** Scores of `NAME.pairs.json`; of a run that is not stored none. */
export async function readScores(
  folder: URL,
  name: string,
): Promise<StoredScores> {
  const stored = await readStored(folder, `${name}.pairs.json`);
  return scoresAt((stored?.scores ?? {}) as Stored);
}

type Stored = Readonly<Record<string, Readonly<Record<string, number[]>>>>;

/** Scores as they are stored, by task and length, then by method. */
export function scoresAt(stored: Stored): StoredScores {
  return {
    at: (task, length, method) => stored[`${task}/${length}`]?.[method] ?? [],
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
