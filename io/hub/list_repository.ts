import { z } from "zod";
import type { HubClient } from "./hub_client.ts";
import { HubError } from "./hub_error.ts";
import type { HubFile } from "./hub_file.ts";
import { hubFetch } from "./hub_fetch.ts";
import type { HubReference } from "./reference.ts";

/** What a repository holds at a revision. */
export interface HubRepository {
  /** The commit that the revision names now, 40 hexadecimal digits. */
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** More files than a model has. */
const MOST_FILES = 100_000;

const sha1 = z.string().regex(/^[0-9a-f]{40}$/);
const listed = z.object({
  path: z.string().min(1),
  size: z.int().min(0),
  oid: sha1,
  lfs: z.object({
    oid: z.string().regex(/^[0-9a-f]{64}$/),
    size: z.int().min(0),
  }).optional(),
});

/**
 * Asks the hub what a repository holds.
 *
 * @throws {HubError} If the hub does not say, or says nonsense.
 */
export async function listRepository(
  wanted: HubReference,
  client: HubClient,
): Promise<HubRepository> {
  const { listFiles, modelInfo } = await import("@huggingface/hub");
  const { endpoint: hubUrl, token } = client;
  const { repository: name, revision = "main" } = wanted;
  const access = {
    hubUrl,
    fetch: hubFetch(wanted, client),
    ...(token !== undefined && { accessToken: token }),
  };
  try {
    const { sha } = await modelInfo({
      ...access,
      name,
      revision,
      additionalFields: ["sha"],
    });
    const commit = sha1.parse(sha);
    const files: HubFile[] = [];
    const entries = listFiles({
      ...access,
      repo: { type: "model", name },
      recursive: true,
      revision: commit,
    });
    for await (const entry of entries) {
      if (entry.type !== "file") continue;
      if (files.length === MOST_FILES) throw new RangeError("too many files");
      files.push(hubFile(entry));
    }
    return { commit, files };
  } catch (error) {
    if (error instanceof HubError && error.kind === "not-found") {
      const timing = { ...client.timing, attempts: 1 };
      const once = hubFetch(wanted, { ...client, timing });
      throw await withNames(error, wanted, { ...access, fetch: once });
    }
    if (error instanceof HubError || client.signal?.aborted) throw error;
    throw new HubError(
      "server",
      `'${hubUrl}' does not answer as a hub does (${
        error instanceof z.ZodError
          ? `${error.issues[0]?.path.join(".")}: ${error.issues[0]?.message}`
          : (error as Error).message
      }); check HF_ENDPOINT`,
      { cause: error },
    );
  }
}

function hubFile(entry: unknown): HubFile {
  const { path, size, oid, lfs } = listed.parse(entry);
  return lfs
    ? { path, size: lfs.size, hash: { kind: "sha256", hex: lfs.oid } }
    : { path, size, hash: { kind: "git-blob", hex: oid } };
}

/** The error with the names of the owner's other models, or of models that are called so: as much as the hub says. */
async function withNames(
  error: HubError,
  { repository }: HubReference,
  access: { hubUrl: string; fetch: typeof fetch; accessToken?: string },
): Promise<HubError> {
  const { listModels } = await import("@huggingface/hub");
  const [owner, query] = repository.split("/") as [string, string];
  const known: string[] = [];
  try {
    for (const search of [{ owner }, { query }]) {
      for await (
        const { name } of listModels({ ...access, search, limit: 200 })
      ) {
        if (name !== repository) known.push(name);
      }
      if (known.length > 0) break;
    }
  } catch {
    // it is only a suggestion
  }
  return new HubError(error.kind, error.message, { known });
}
