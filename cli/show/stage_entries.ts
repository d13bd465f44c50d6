import type { RunRecord } from "../record/run_record.ts";
import { meanEntries, type StageSets } from "./final_sets.ts";

/** What a stage left of every chunk that was merged. */
export interface StageEntries {
  readonly node: string;
  readonly stage: string;
  /** Entries of a head by chunk, the mean over layers and heads; only chunks of which anything is left. */
  readonly chunks: ReadonlyMap<number, number>;
  /** Of all these chunks together. */
  readonly entries: number;
}

/** What every stage that changed anything left, in dependency order. */
export function stageEntries({ sets }: RunRecord): StageEntries[] {
  return sets.stages.map(({ node, stage, chunks }) => {
    const all = chunks.map((own): [number, number] => [
      own.chunk,
      meanEntries(sets, [own]),
    ]).filter(([, entries]) => entries > 0);
    const entries = all.reduce((sum, [, own]) => sum + own, 0);
    return { node, stage, chunks: new Map(all), entries };
  });
}

/** The last stage that left anything of a chunk, and what it left. */
export function lastHeld(
  { sets }: RunRecord,
  chunk: number,
):
  | { readonly stage: StageSets; readonly heads: readonly number[] }
  | undefined {
  for (const stage of sets.stages.toReversed()) {
    const own = stage.chunks.find((one) => one.chunk === chunk);
    if (own && meanEntries(sets, [own]) > 0) return { stage, heads: own.heads };
  }
  return undefined;
}
