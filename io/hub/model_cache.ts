import { join } from "node:path";
import type { HubHash } from "./hub_file.ts";

/**
 * Where things of one repository lie in the cache:
 *
 * ```text
 * owner/name/refs/main                   the commit that a revision named when it was pulled
 * owner/name/snapshots/<commit>/…        whole and checked files under their names
 * owner/name/snapshots/<commit>.json     which of them belong to models that are complete
 * owner/name/parts/<hash>.part           what is being fetched, and the .etag it began with
 * owner/name/lock                        held while pulling
 * ```
 */
export class ModelCache {
  readonly folder: string;

  /**
   * @param cache Folder of all models.
   * @param repository `owner/name`.
   */
  constructor(cache: string, readonly repository: string) {
    this.folder = join(cache, ...repository.split("/"));
  }

  get lock(): string {
    return join(this.folder, "lock");
  }

  get refs(): string {
    return join(this.folder, "refs");
  }

  get snapshots(): string {
    return join(this.folder, "snapshots");
  }

  get parts(): string {
    return join(this.folder, "parts");
  }

  /** Folder of a commit's files. */
  snapshot(commit: string): string {
    return join(this.snapshots, commit);
  }

  /** What is fetched of a file; its name says which bytes it will hold. */
  part({ hex }: HubHash): string {
    return join(this.parts, `${hex}.part`);
  }

  /** The file that says which commit a revision is. */
  ref(revision: string): string {
    return join(this.refs, encodeURIComponent(revision));
  }

  /** The commit behind a revision, if it was pulled. */
  commitOf(revision: string): string | undefined {
    const named = readIfAny(this.ref(revision))?.trim();
    return named ?? (/^[0-9a-f]{40}$/.test(revision) ? revision : undefined);
  }
}

/** Text of a file, or nothing where there is none. */
export function readIfAny(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
