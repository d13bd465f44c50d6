import { dirname, join } from "node:path";
import { atomicWrite } from "../files/atomic_write.ts";
import { download, removePart } from "./download.ts";
import { requireSpace } from "./free_space.ts";
import type { HubClient } from "./hub_client.ts";
import type { HubFile } from "./hub_file.ts";
import type { ModelCache } from "./model_cache.ts";
import { neededFiles, shardFiles } from "./needed_files.ts";
import type { PullEvent } from "./pull_events.ts";
import type { HubReference } from "./reference.ts";
import { readRecord, recordedCommits, recordPath } from "./snapshot_record.ts";

/** What is pulled. */
export interface PullWork {
  readonly wanted: HubReference;
  readonly commit: string;
  /** All files of the commit. */
  readonly listed: readonly HubFile[];
}

/** Where to, and how. */
export interface PullPlace {
  /** Locked by the caller. */
  readonly store: ModelCache;
  readonly client: HubClient;
  onEvent(event: PullEvent): void;
}

/** Fetches what is missing of a model, then records it as complete and lets the revision name it. */
export async function pullSnapshot(
  work: PullWork,
  place: PullPlace,
): Promise<void> {
  const { wanted, commit, listed } = work;
  const { store, onEvent } = place;
  const { files: needed, index } = neededFiles(listed, wanted);
  const files = [...needed];
  if (index) {
    await fetchFile(index, work, place);
    const text = await Deno.readTextFile(placeOf(index, work, store));
    files.push(...shardFiles(text, listed, wanted));
  }
  const planned = await Promise.all(files.map(async (file) => ({
    path: file.path,
    bytes: file.size,
    here: await isThere(file, work, store)
      ? file.size
      : Math.min(await sizeOf(store.part(file.hash)), file.size),
  })));
  const bytes = planned.reduce((sum, p) => sum + p.bytes - p.here, 0);
  const { repository } = wanted;
  onEvent({ type: "plan", repository, commit, files: planned, bytes });
  await requireSpace(store.folder, bytes);
  for (const file of files) await fetchFile(file, work, place);
  await record(files, work, store);
  await removeStaleParts(listed, store);
}

/** Makes sure that a file is under its name: it is there, or in another snapshot, or is fetched. */
async function fetchFile(
  file: HubFile,
  work: PullWork,
  { store, client, onEvent }: PullPlace,
): Promise<void> {
  if (await isThere(file, work, store)) return;
  const target = placeOf(file, work, store);
  await Deno.mkdir(dirname(target), { recursive: true });
  if (!await linkFromOther(file, target, store)) {
    const part = store.part(file.hash);
    const { path, size } = file;
    const { wanted: { repository }, commit } = work;
    const name = path.split("/").map(encodeURIComponent).join("/");
    await download({
      file,
      part,
      url: `${client.endpoint}/${repository}/resolve/${commit}/${name}`,
      wanted: work.wanted,
      onBytes: (done) =>
        onEvent({ type: "progress", file: path, done, total: size }),
    }, client);
    await Deno.rename(part, target);
  }
  onEvent({ type: "file", file: file.path, bytes: file.size });
}

/** Whether a file has its name: it was checked before it got it. */
async function isThere(
  file: HubFile,
  work: PullWork,
  store: ModelCache,
): Promise<boolean> {
  const found = await Deno.stat(placeOf(file, work, store))
    .catch(() => undefined);
  return found?.isFile === true && found.size === file.size;
}

function placeOf(
  { path }: HubFile,
  { commit }: PullWork,
  store: ModelCache,
): string {
  return join(store.snapshot(commit), ...path.split("/"));
}

/** Gives the same file of another commit a second name, so that an update fetches what changed. */
async function linkFromOther(
  { size, hash }: HubFile,
  target: string,
  store: ModelCache,
): Promise<boolean> {
  for (const commit of recordedCommits(store)) {
    const { files } = readRecord(store, commit) ?? { files: {} };
    for (const [path, entry] of Object.entries(files)) {
      if (entry.hash !== hash.hex) continue;
      const other = join(store.snapshot(commit), ...path.split("/"));
      if (await sizeOf(other) !== size) continue;
      const linked = await Deno.link(other, target).then(
        () => true,
        () => false,
      );
      if (linked) return true;
    }
  }
  return false;
}

async function record(
  files: readonly HubFile[],
  { wanted: { revision = "main" }, commit }: PullWork,
  store: ModelCache,
): Promise<void> {
  const before = readRecord(store, commit)?.files;
  const now = Object.fromEntries(
    files.map(({ path, size, hash }) => [path, { size, hash: hash.hex }]),
  );
  await atomicWrite(
    recordPath(store, commit),
    `${JSON.stringify({ files: { ...before, ...now } }, null, 2)}\n`,
  );
  if (revision === commit) return;
  await Deno.mkdir(store.refs, { recursive: true });
  await atomicWrite(store.ref(revision), `${commit}\n`);
}

/** Removes parts of files that the hub has no more; parts of other files of the repository stay. */
async function removeStaleParts(
  listed: readonly HubFile[],
  store: ModelCache,
): Promise<void> {
  const known = new Set(listed.map(({ hash }) => store.part(hash)));
  const entries = await Array.fromAsync(Deno.readDir(store.parts))
    .catch(() => []);
  for (const { name } of entries) {
    const part = join(store.parts, name);
    if (name.endsWith(".part") && !known.has(part)) await removePart(part);
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await Deno.stat(path).catch(() => undefined))?.size ?? 0;
}
