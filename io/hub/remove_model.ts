import { lockCache, type LockOptions } from "./cache_lock.ts";
import { diskError } from "./disk_error.ts";
import { HubError } from "./hub_error.ts";
import { ModelCache } from "./model_cache.ts";
import { formatReference, type HubReference } from "./reference.ts";
import { recordedRefs, recordPath } from "./snapshot_record.ts";
import { hubTiming } from "./timing.ts";

/**
 * Removes a repository from the cache, or one revision of it.
 *
 * @param cache Folder of all models.
 * @param onWait Hears once that a pull is going on, which is waited for.
 * @throws {HubError} If it is not there, or a single file is meant.
 */
export async function removeModel(
  wanted: HubReference,
  cache: string,
  onWait?: LockOptions["onWait"],
): Promise<void> {
  const { repository, revision, file } = wanted;
  const store = new ModelCache(cache, repository);
  const commit = store.commitOf(revision ?? "main");
  const text = formatReference(wanted);
  if (file !== undefined) {
    throw new HubError(
      "unfit",
      `'${text}' names a file, and all of a model is removed: name it without ':${file}'`,
    );
  }
  const there = revision === undefined
    ? store.folder
    : commit && store.snapshot(commit); // also where a removal before was cut
  if (!there || !await Deno.stat(there).catch(() => undefined)) {
    throw new HubError("not-cached", `'hf:${text}' is not in the cache`);
  }
  try {
    using _lock = await lockCache(store.lock, {
      timing: hubTiming,
      ...(onWait && { onWait }),
    });
    if (revision === undefined) {
      await Deno.remove(store.folder, { recursive: true });
    } else {
      await removeCommit(store, commit!);
    }
  } catch (error) {
    throw diskError(error, cache);
  }
}

/** The record goes first: what is half removed is not there any more. */
async function removeCommit(store: ModelCache, commit: string): Promise<void> {
  await Deno.remove(recordPath(store, commit)).catch(notThere);
  for (const revision of recordedRefs(store)) {
    if (store.commitOf(revision) === commit) {
      await Deno.remove(store.ref(revision));
    }
  }
  await Deno.remove(store.snapshot(commit), { recursive: true });
}

function notThere(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
