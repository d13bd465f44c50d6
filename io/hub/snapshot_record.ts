import { z } from "zod";
import { type ModelCache, readIfAny } from "./model_cache.ts";
import { namesIn } from "./names_in.ts";

/** Files of a commit that were fetched, with what they hash to; all files of a model are there, or none. */
export interface SnapshotRecord {
  readonly files: Readonly<
    Record<string, { readonly size: number; readonly hash: string }>
  >;
}

const schema = z.object({
  files: z.record(z.string(), z.object({ size: z.int(), hash: z.string() })),
});

/** Where the record of a commit lies. */
export function recordPath(cache: ModelCache, commit: string): string {
  return `${cache.snapshot(commit)}.json`;
}

/** The record of a commit; nothing where there is none or it is damaged. */
export function readRecord(
  cache: ModelCache,
  commit: string,
): SnapshotRecord | undefined {
  const text = readIfAny(recordPath(cache, commit));
  try {
    return text === undefined ? undefined : schema.parse(JSON.parse(text));
  } catch {
    return undefined; // the next pull writes it anew
  }
}

/** Commits with a record. */
export function recordedCommits(cache: ModelCache): string[] {
  return namesIn(cache.snapshots).flatMap((name) =>
    /^([0-9a-f]{40})\.json$/.exec(name)?.[1] ?? []
  );
}

/** Revisions that were pulled by name. */
export function recordedRefs(cache: ModelCache): string[] {
  // A pull that was killed may have left a hidden file, and no revision begins with a dot.
  return namesIn(cache.refs).filter((name) => !name.startsWith("."))
    .map(decodeURIComponent);
}
