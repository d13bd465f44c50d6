import {
  biasColumns,
  BIASES,
  canHoldBias,
  hasBias,
} from "../cache/bias_columns.ts";
import type { KvCache } from "../cache/kv_cache.ts";
import { attentionScale } from "../layers/layer_kind.ts";
import type { DecodeState, Draws } from "../language_model.ts";
import type { RunRequest, Slot, WireTensor } from "../engine/protocol.ts";
import { residenceIn, withHostCache } from "../cache/resident_cache.ts";
import type { Runtime } from "../model/runtime.ts";
import type { SessionWorker } from "../engine/session_worker.ts";
import {
  canStep,
  STEP_LOG,
  type StepChoice,
  stepsName,
} from "../family/step_graph.ts";
import type { StepRoom } from "./step_room.ts";

/** Steps that a device may take beyond what it was asked for, when it records them. */
const AHEAD = 4;

/** Entries of a cache at least that is rounded to 8 bits: the scales are taken from them, for what comes behind too. */
const LEAST = 256;

/** Keys and values of every layer on their way to a session. */
function entryFeeds(
  { layers, kvHeads, headDim }: KvCache,
): Record<string, WireTensor> {
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

/** What keys and values of a cache have behind their own numbers where heads hold a bias, by `keys.l` and `values.l`. */
function columnsOf(
  { kvHeads, layers }: KvCache,
  { config, rooms }: Runtime,
): (name: string) => WireTensor {
  const scale = attentionScale(config);
  const form = { kvHeads, scale, held: rooms!.form.cache };
  return (name) => {
    const [part, l] = name.split(".");
    const { entries, bias } = layers[Number(l)]!;
    const own = part === "keys" && bias ? { entries, bias } : { entries };
    const dims = [1, kvHeads, entries, BIASES];
    return { type: "float32", data: biasColumns(own, form), dims };
  };
}

/** Decoding whose cache grows in the device's memory; tokens follow one another there. */
export class StepDecoder implements DecodeState {
  /** Present where steps take the likeliest token. */
  declare greedy?: NonNullable<DecodeState["greedy"]>;
  /** Present where steps draw their token. */
  declare sampled?: NonNullable<DecodeState["sampled"]>;
  /** Rows behind the cache that were run. */
  #rows = 0;
  /** Tokens that the device chose. */
  #chosen = 0;
  #best = -1;

  private constructor(
    readonly runtime: Runtime,
    readonly worker: SessionWorker,
    readonly room: StepRoom,
    /** The cache's size, and how much further in the text than in the room what is behind it lies. */
    readonly cache: { readonly entries: number; readonly shift: number },
    readonly choice: StepChoice,
  ) {
    if (choice === "greedy") this.greedy = this.#greedy;
    else this.sampled = this.#sampled;
  }

  /** Whether a cache can be decoded so: plain numbers, and every head of every layer holds as many. */
  static takes({ config, pool, rooms }: Runtime, cache: KvCache): boolean {
    const [first] = cache.layers;
    const rounds = rooms?.form.cache === "int8";
    if (rounds && first!.entries < LEAST) return false;
    return pool.steps && canStep(config) && !cache.tempering &&
      cache.layers.every(({ entries, counts, int8 }) =>
        !int8 && entries === first!.entries &&
        (!counts || counts.every((count) => count === entries))
      ) && (!hasBias(cache) || canHoldBias(config, cache));
  }

  /** Takes the cache into the device's memory, with room behind it. */
  static async open(
    runtime: Runtime,
    cache: KvCache,
    position: number,
    choice: StepChoice,
  ): Promise<StepDecoder> {
    const { pool, rooms } = runtime;
    const biased = hasBias(cache);
    const worker = await pool.session(stepsName({ choice, biased }));
    const { entries } = cache.layers[0]!;
    const room = rooms!.take(worker, entries, biased);
    try {
      await pool.session(room.session);
      const near = residenceIn(cache, worker);
      const columns = columnsOf(cache, runtime);
      const take = (feeds: Readonly<Record<string, WireTensor | Slot>>) =>
        room.take(feeds, entries, columns);
      if (near) await take(near.feeds());
      else await withHostCache(cache, (host) => take(entryFeeds(host)));
      const shift = position - entries;
      await worker.send(room.begin(shift, choice));
      const size = { entries, shift };
      return new StepDecoder(runtime, worker, room, size, choice);
    } catch (error) {
      await room.drop();
      throw error;
    }
  }

  /** Runs `ids` at the next positions; resolves to the logits of the last one. */
  async step(ids: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
    await this.#ensure(ids.length, 1);
    const last = this.#taken + ids.length - 1;
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
  async #greedy(
    last: number,
    count: number,
    signal?: AbortSignal,
  ): Promise<Int32Array> {
    const begun = last === this.#best ? 0 : 1;
    if (begun) await this.step(Int32Array.of(last), signal);
    const times = count - begun;
    const tokens = begun ? [this.#best] : [];
    if (times > 0) {
      await this.#ensure(times, times);
      tokens.push(...await this.#goOn(times, signal));
      this.#best = tokens.at(-1)!;
    }
    return Int32Array.from(tokens);
  }

  /** The tokens that follow `last`, each drawn at its point behind the one before. */
  async #sampled(
    last: number,
    draws: Draws,
    signal?: AbortSignal,
  ): Promise<Int32Array> {
    const { length: count } = draws.points;
    await this.#ensure(count, count);
    // All is said anew: a device that took steps beyond what it was asked for drew them at no points.
    await this.worker.send(
      this.room.draw(last, this.#taken, this.#chosen, draws),
    );
    return Int32Array.from(await this.#goOn(count, signal));
  }

  /** Takes so many steps from where the device is; gives their tokens. */
  async #goOn(times: number, signal?: AbortSignal): Promise<number[]> {
    const { next_log: log } = await this.#run(
      {},
      { times, fetch: ["next_log"] },
      signal,
    );
    this.#rows += times;
    this.#chosen += times;
    const chosen = (log!.data as BigInt64Array)
      .subarray(this.#chosen - times, this.#chosen);
    return [...chosen].map(Number);
  }

  async #run(
    given: Readonly<Record<string, WireTensor>>,
    how: Pick<RunRequest, "fetch" | "times">,
    signal?: AbortSignal,
  ): Promise<Record<string, WireTensor>> {
    return await this.worker.send(
      this.room.run(this.choice, given, how),
      Object.values(given).map(({ data }) => data),
      signal,
    );
  }

  /** Entries in the room. */
  get #taken(): number {
    return this.cache.entries + this.#rows;
  }

  /** Makes sure that there is room for so many more rows, and for so many more tokens that are chosen. */
  async #ensure(rows: number, chosen: number): Promise<void> {
    const { room, worker } = this;
    const least = this.#taken + rows + AHEAD;
    const fits = least <= room.capacity;
    const counted = this.#chosen + chosen <= STEP_LOG - AHEAD;
    if (fits && counted) return;
    if (!room.form.widens || chosen > STEP_LOG - AHEAD) {
      const most = room.capacity - AHEAD - this.cache.entries;
      throw new RangeError(
        `An answer may have ${
          Math.min(STEP_LOG - AHEAD, most)
        } tokens here, the question's included; ask for fewer`,
      );
    }
    if (!fits) await room.grow(least, this.#taken, this.cache.shift);
    if (counted) return;
    await worker.send(room.forget());
    this.#chosen = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runtime.rooms!.give(this.room);
  }
}
