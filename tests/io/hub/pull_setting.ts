import assert from "node:assert/strict";
import { listCache } from "../../../io/hub/list_cache.ts";
import { walkFiles } from "./walk_files.ts";
import { type FakeFiles, FakeHub } from "./fake_hub.ts";
import {
  type HubTiming,
  type PulledModel,
  pullModel,
  type PullOptions,
} from "../../../mod.ts";

/** A hub and an empty cache, for one test. */
export class PullSetting implements AsyncDisposable {
  /** Milliseconds of silence that are a stall. */
  idle = 30_000;
  /** How long was waited, in milliseconds; nothing waits really. */
  readonly waits: number[] = [];
  /** Why things were tried again. */
  readonly retries: string[] = [];

  private constructor(readonly hub: FakeHub, readonly cache: string) {}

  static async make(files: FakeFiles): Promise<PullSetting> {
    return new PullSetting(new FakeHub(files), await Deno.makeTempDir());
  }

  get timing(): Partial<HubTiming> {
    return {
      idle: this.idle,
      attempts: 3,
      lockPoll: 1,
      sleep: (milliseconds) => {
        this.waits.push(milliseconds);
        return new Promise((resolve) => setTimeout(resolve, 0));
      },
    };
  }

  pull(
    reference = "owner/model",
    options: PullOptions = {},
  ): Promise<PulledModel> {
    return pullModel(reference, {
      endpoint: this.hub.endpoint,
      cache: this.cache,
      token: "",
      offline: false,
      timing: this.timing,
      ...options,
      onEvent: (event) => {
        if (event.type === "retry") this.retries.push(event.reason);
        options.onEvent?.(event);
      },
    });
  }

  /** Makes sure that every file under its final name is what the hub holds; resolves to their number. */
  async checkCache(): Promise<number> {
    let files = 0;
    for await (const [path, bytes] of walkFiles(`${this.cache}/hub`)) {
      const [, commit, name] =
        /^owner\/model\/snapshots\/([0-9a-f]{40})\/(.*)$/.exec(path) ?? [];
      if (commit === undefined) continue;
      const truth = this.hub.commits.get(commit)?.[name!];
      assert.ok(truth, `no such file on the hub: ${path}`);
      assert.ok(
        truth.length === bytes.length &&
          truth.every((byte, at) => byte === bytes[at]),
        `not the hub's bytes: ${path}`,
      );
      files++;
    }
    return files;
  }

  /** Names of models in the cache, of a cut one with a question mark. */
  listed(): string[] {
    return listCache(`${this.cache}/hub`)
      .map(({ name, complete }) => `${name}${complete ? "" : "?"}`);
  }

  /** Bytes of what is being fetched. */
  async partBytes(): Promise<number> {
    let sum = 0;
    for await (const [path, bytes] of walkFiles(`${this.cache}/hub`)) {
      if (path.endsWith(".part")) sum += bytes.length;
    }
    return sum;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hub[Symbol.asyncDispose]();
    await Deno.remove(this.cache, { recursive: true });
  }
}

/** Bytes that look like weights: no two stretches alike. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
