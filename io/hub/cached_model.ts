import { join } from "node:path";
import { chooseGguf, ggufPaths } from "./gguf_choice.ts";
import { HubError } from "./hub_error.ts";
import { ModelCache } from "./model_cache.ts";
import { formatReference, type HubReference } from "./reference.ts";
import { readRecord } from "./snapshot_record.ts";

/** A model in the cache, complete and checked when it was fetched. */
export interface CachedModel {
  /** The folder or the GGUF file, to be opened by `loadModel`. */
  readonly path: string;
  /** The commit it is of. */
  readonly commit: string;
}

/**
 * Finds a model in the cache, without the network.
 *
 * @param cache Folder of all models.
 * @throws {HubError} If it is not there (`not-cached`, with the command that fetches it), or there are several.
 */
export function cachedModel(wanted: HubReference, cache: string): CachedModel {
  const store = new ModelCache(cache, wanted.repository);
  const commit = store.commitOf(wanted.revision ?? "main");
  const record = commit === undefined ? undefined : readRecord(store, commit);
  if (commit === undefined || !record) throw notCached(wanted);
  const paths = Object.keys(record.files);
  const snapshot = store.snapshot(commit);
  if (wanted.file === undefined && paths.includes("config.json")) {
    return { path: snapshot, commit };
  }
  const gguf = ggufPaths(paths);
  if (gguf.length === 0) throw notCached(wanted);
  try {
    return { path: join(snapshot, chooseGguf(gguf, wanted)), commit };
  } catch (error) {
    // What is not in the cache may be on the hub.
    if (wanted.file === undefined) throw error;
    throw notCached(wanted);
  }
}

function notCached(wanted: HubReference): HubError {
  const text = formatReference(wanted);
  return new HubError(
    "not-cached",
    `'hf:${text}' is not in the cache; fetch it with: deno task pull ${text}`,
  );
}
