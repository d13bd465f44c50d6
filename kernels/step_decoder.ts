import type { KvCache } from "./kv_cache.ts";
import type { DecodeState } from "./language_model.ts";
import type { Feed, RunRequest, WireTensor } from "./protocol.ts";
import { residenceIn, withHostCache } from "./resident_cache.ts";
import type { Runtime } from "./runtime.ts";
import type { SessionWorker } from "./session_worker.ts";
import { canStep, STEP_LOG } from "./step_graph.ts";
import type { StepRoom } from "./step_room.ts";

/** Steps that a device may take beyond what it was asked for, when it records them. */
const AHEAD = 4;

/** Keys and values of every layer on their way to a session. */
function entryFeeds(
  { layers, kvHeads, headDim }: KvCache,
): Record<string, Feed> {
  return Object.fromEntries(
    layers.flatMap(({ entries, keys, values }, l) => {
      const dims = [1, kvHeads, entries, headDim];
      const type = "float32";
      return [
        [`keys.${l}`, { type, data: keys, dims }],
        [`values.${l}`, { type, data: values, dims }],
      ];
    }),
  );
}

/** Decoding whose cache grows in the device's memory; greedy tokens follow one another there. */
export class StepDecoder implements DecodeState {
  /** Rows behind the cache that were run. */
  #rows = 0;
  /** Tokens that the device chose. */
  #chosen = 0;
  #best = -1;

  private constructor(
    readonly runtime: Runtime,
    readonly worker: SessionWorker,
    readonly room: StepRoom,
    readonly entries: number,
  ) {}

  /** Whether a cache can be decoded so: plain numbers, and every head of every layer holds as many. */
  static takes({ config, pool }: Runtime, cache: KvCache): boolean {
    const [first] = cache.layers;
    return pool.steps && canStep(config) && !cache.tempering &&
      cache.layers.every(({ entries, counts, bias, int8 }) =>
        !bias && !int8 && entries === first!.entries &&
        (!counts || counts.every((count) => count === entries))
      );
  }

  /** Takes the cache into the device's memory, with room behind it. */
  static async open(
    runtime: Runtime,
    cache: KvCache,
    position: number,
  ): Promise<StepDecoder> {
    const { pool, rooms } = runtime;
    const worker = await pool.session("steps");
    await pool.session("room");
    const { entries } = cache.layers[0]!;
    const room = rooms!.take(worker, entries);
    try {
      const near = residenceIn(cache, worker);
      const take = async (feeds: Readonly<Record<string, Feed>>) => {
        const runs = Object.entries(feeds).map(([name, feed]) =>
          room.fill(name, feed, entries)
        );
        await worker.send({ kind: "runs", runs });
      };
      if (near) await take(near.feeds());
      else await withHostCache(cache, (host) => take(entryFeeds(host)));
      await worker.send({
        kind: "bind",
        tensors: room.begin(position - entries),
      });
      return new StepDecoder(runtime, worker, room, entries);
    } catch (error) {
      await room.drop();
      throw error;
    }
  }

  /** Runs `ids` at the next positions; resolves to the logits of the last one. */
  async step(ids: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
    const last = this.entries + this.#rows + ids.length - 1;
    this.#check(ids.length, last);
    const { logits, next_ids: best } = await this.#run(
      {
        ids: {
          type: "int64",
          data: BigInt64Array.from(ids, BigInt),
          dims: [1, ids.length],
        },
        last: { type: "int32", data: Int32Array.of(last), dims: [1] },
        // A device that recorded steps took some more of them than it was asked for.
        count: {
          type: "int64",
          data: BigInt64Array.of(BigInt(this.#chosen)),
          dims: [1, 1],
        },
      },
      { fetch: ["logits", "next_ids"] },
      signal,
    );
    this.#rows += ids.length;
    this.#chosen++;
    this.#best = Number(best!.data[0]);
    return logits!.data as Float32Array; // [vocab]
  }

  /** The `count` tokens that follow `last`, each the best behind the one before. */
  async greedy(
    last: number,
    count: number,
    signal?: AbortSignal,
  ): Promise<Int32Array> {
    const begun = last === this.#best ? 0 : 1;
    if (begun) await this.step(Int32Array.of(last), signal);
    const times = count - begun;
    const tokens = begun ? [this.#best] : [];
    if (times > 0) {
      this.#check(times, this.entries + this.#rows + times - 1);
      const { next_log: log } = await this.#run(
        {},
        { times, fetch: ["next_log"] },
        signal,
      );
      this.#rows += times;
      this.#chosen += times;
      const chosen = (log!.data as BigInt64Array)
        .subarray(this.#chosen - times, this.#chosen);
      tokens.push(...[...chosen].map(Number));
      this.#best = tokens.at(-1)!;
    }
    return Int32Array.from(tokens);
  }

  async #run(
    given: Readonly<Record<string, WireTensor>>,
    how: Pick<RunRequest, "fetch" | "times">,
    signal?: AbortSignal,
  ): Promise<Record<string, WireTensor>> {
    return await this.worker.send(
      this.room.run(given, how),
      Object.values(given).map(({ data }) => data),
      signal,
    );
  }

  #check(count: number, last: number): void {
    const { capacity } = this.room;
    const most = capacity - AHEAD;
    if (last < most && this.#chosen + count <= STEP_LOG - AHEAD) return;
    throw new RangeError(
      `An answer may have ${
        Math.min(STEP_LOG - AHEAD, most - this.entries)
      } tokens here, the question's included; ask for fewer`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runtime.rooms!.give(this.room);
  }
}
