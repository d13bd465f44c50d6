import { join } from "node:path";
import { ggufPaths, shortName } from "./gguf_choice.ts";
import { ModelCache } from "./model_cache.ts";
import { namesIn } from "./names_in.ts";
import { formatReference, type HubReference } from "./reference.ts";
import {
  readRecord,
  recordedCommits,
  recordedRefs,
} from "./snapshot_record.ts";

/** A model in the cache. */
export interface CacheEntry {
  /** As it is written behind `--model`. */
  readonly name: string;
  /** Bytes of its files; of a cut pull, what there is of them. */
  readonly bytes: number;
  /** Whether it can be opened; a cut pull can only be gone on with. */
  readonly complete: boolean;
}

/** All models in the cache, by name. */
export function listCache(cache: string): CacheEntry[] {
  return foldersIn(cache).flatMap((owner) =>
    foldersIn(join(cache, owner)).flatMap((name) =>
      entriesOf(new ModelCache(cache, `${owner}/${name}`))
    )
  ).sort((a, b) => a.name < b.name ? -1 : 1);
}

function entriesOf(store: ModelCache): CacheEntry[] {
  const revisions = recordedRefs(store);
  const entries = recordedCommits(store).flatMap((commit) => {
    const named = revisions.filter((name) => store.commitOf(name) === commit);
    const files = readRecord(store, commit)?.files ?? {};
    const paths = Object.keys(files);
    const gguf = ggufPaths(paths);
    const sum = (chosen: string[]) =>
      chosen.reduce((bytes, path) => bytes + files[path]!.size, 0);
    const models = gguf.map((path) => ({
      file: shortName(path, gguf),
      bytes: files[path]!.size,
    }));
    const folder = paths.includes("config.json")
      ? [{
        file: undefined,
        bytes: sum(paths.filter((p) => !gguf.includes(p))),
      }]
      : [];
    return (named.length > 0 ? named : [commit]).flatMap((revision) =>
      [...folder, ...models].map(({ file, bytes }) => ({
        name: nameOf(store.repository, revision, file),
        bytes,
        complete: true,
      }))
    );
  });
  const parts = filesIn(store.parts).filter((name) => name.endsWith(".part"));
  const bytes = parts.reduce(
    (sum, name) => sum + Deno.statSync(join(store.parts, name)).size,
    0,
  );
  return bytes === 0
    ? entries
    : [...entries, { name: `hf:${store.repository}`, bytes, complete: false }];
}

function nameOf(
  repository: string,
  revision: string,
  file: string | undefined,
): string {
  const reference: HubReference = {
    repository,
    ...(revision !== "main" && { revision }),
    ...(file !== undefined && { file }),
  };
  return `hf:${formatReference(reference)}`;
}

function foldersIn(folder: string): string[] {
  return namesIn(folder, ({ isDirectory }) => isDirectory);
}

function filesIn(folder: string): string[] {
  return namesIn(folder, ({ isFile }) => isFile);
}
