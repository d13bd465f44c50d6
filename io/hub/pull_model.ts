import { cachedModel } from "./cached_model.ts";
import { diskError } from "./disk_error.ts";
import type { HubClient } from "./hub_client.ts";
import { listRepository } from "./list_repository.ts";
import { lockCache } from "./cache_lock.ts";
import { ModelCache } from "./model_cache.ts";
import type { PullEvent } from "./pull_events.ts";
import { pullSnapshot } from "./pull_snapshot.ts";
import {
  formatReference,
  type HubReference,
  parseHubReference,
} from "./reference.ts";
import { type HubChoices, hubSettings, hubToken } from "./settings.ts";
import { type HubTiming, hubTiming } from "./timing.ts";

/** Options of {@linkcode pullModel}; what is left out, the environment says. */
export interface PullOptions extends HubChoices {
  /** For gated and private models, empty for none; default `HF_TOKEN`, or the file that Hugging Face's tools write. */
  readonly token?: string;
  readonly signal?: AbortSignal;
  readonly timing?: Partial<HubTiming>;
  onEvent?(event: PullEvent): void;
}

/** A model that is in the cache now. */
export interface PulledModel {
  /** Its name for `loadModel`, `--model` and the stage `model`: `hf:owner/name:Q4_K_M`. */
  readonly name: string;
  /** The folder or GGUF file in the cache. */
  readonly path: string;
  readonly commit: string;
}

/**
 * Brings a model from the Hugging Face hub into the cache, or finds that it is there.
 *
 * Fetches what is needed to open the model and nothing else: configuration, tokenizer, chat template and safetensors,
 * or one GGUF file. A file gets its name when it is whole and its hash is what the hub lists; what was cut goes on
 * where it stopped. Two pulls of one model take turns. Needs `--allow-net`, but not with `offline`.
 *
 * @param reference `owner/name[@revision][:file]`.
 * @throws {HubError} With one line that says why not and what would work.
 * @throws {SyntaxError} If the reference is none.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { HubError, pullModel } from "parallelcomp";
 *
 * const cache = await Deno.makeTempDir();
 * await assert.rejects(
 *   pullModel("owner/name:Q4_K_M", { cache, offline: true }),
 *   (error) => error instanceof HubError && error.kind === "not-cached",
 * );
 * ```
 */
export async function pullModel(
  reference: string | HubReference,
  options: PullOptions = {},
): Promise<PulledModel> {
  const wanted = typeof reference === "string"
    ? parseHubReference(reference)
    : reference;
  const { endpoint, cache, offline } = hubSettings(options);
  if (!offline) {
    const token = (options.token ?? hubToken()) || undefined;
    const client: HubClient = {
      endpoint,
      timing: { ...hubTiming, ...options.timing },
      ...(token !== undefined && { token }),
      ...(options.signal && { signal: options.signal }),
      onRetry: (reason, wait) =>
        options.onEvent?.({ type: "retry", reason, wait }),
    };
    const store = new ModelCache(cache, wanted.repository);
    try {
      await pull({ wanted, store, client, onEvent: options.onEvent });
    } catch (error) {
      throw options.signal?.aborted ? error : diskError(error, cache);
    }
  }
  const { path, commit } = cachedModel(wanted, cache);
  return { name: `hf:${formatReference(wanted)}`, path, commit };
}

async function pull(
  { wanted, store, client, onEvent = () => {} }: {
    readonly wanted: HubReference;
    readonly store: ModelCache;
    readonly client: HubClient;
    readonly onEvent: PullOptions["onEvent"];
  },
): Promise<void> {
  const { timing, signal } = client;
  // Asked first: a name that the hub does not know leaves nothing behind.
  const { commit, files } = await listRepository(wanted, client);
  using _lock = await lockCache(store.lock, {
    timing,
    ...(signal && { signal }),
    onWait: (holder) => onEvent({ type: "waiting", holder }),
  });
  await pullSnapshot({ wanted, commit, listed: files }, {
    store,
    client,
    onEvent,
  });
}
