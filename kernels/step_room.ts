import type { ModelConfig } from "../io/model_config.ts";
import type { Feed, RunRequest, WireTensor } from "./protocol.ts";
import type { RopeCache } from "./rope_cache.ts";
import type { SessionWorker } from "./session_worker.ts";
import { STEP_LOG } from "./step_graph.ts";

/** Entries of the question and of the answer that there is room for. */
const BEHIND = STEP_LOG;
/** Rooms are so many entries larger than one another, so that caches of about one size fit the same. */
const GRAIN = 1024;

/** Entries of a room for a cache of so many and what is decoded over it. */
export function roomCapacity(entries: number): number {
  return Math.ceil((entries + BEHIND) / GRAIN) * GRAIN;
}

/** Memory of the device that a cache and what is decoded over it live in: slots that stay where they are. */
export class StepRoom {
  readonly #slots: Readonly<Record<string, { readonly slot: string }>>;

  /** @param number Unlike that of every other room of the model. */
  constructor(
    readonly worker: SessionWorker,
    readonly config: ModelConfig,
    readonly rope: RopeCache,
    readonly products: "float32" | "float16",
    readonly number: number,
    readonly capacity: number,
  ) {
    const names = ["ids", "last", "count", "log", "cos", "sin"];
    for (let l = 0; l < config.layers; l++) {
      names.push(`keys.${l}`, `values.${l}`);
    }
    const place = crypto.randomUUID();
    this.#slots = Object.fromEntries(
      names.map((name) => [name, { slot: `${place}.${name}` }]),
    );
  }

  /** Brings one layer's keys or values here. */
  fill(name: string, entries: Feed, count: number): RunRequest {
    const { kvHeads, headDim } = this.config;
    const behind = [1, kvHeads, this.capacity - count, headDim];
    return {
      kind: "run",
      session: "room",
      feeds: {
        entries,
        room: {
          type: "int64",
          data: BigInt64Array.from(behind, BigInt),
          dims: [4],
        },
      },
      fetch: [],
      copies: [],
      store: { roomy: this.#slots[name]!.slot },
      inPlace: true,
    };
  }

  /** What decoding begins with; entry i behind the cache turns by position i + `shift`. */
  begin(shift: number): Record<string, WireTensor> {
    const half = this.config.ropeDim / 2;
    const from = Math.max(-shift, 0);
    const { cos, sin } = this.rope.rows(from + shift, this.capacity - from);
    const table = (rows: Float32Array): WireTensor => {
      const size = this.capacity * half;
      const dims = [this.capacity, half];
      if (this.products === "float32") {
        const data = new Float32Array(size); // [capacity, ropeDim / 2]
        data.set(rows, from * half);
        return { type: "float32", data, dims };
      }
      const halves = new Float16Array(size); // [capacity, ropeDim / 2]
      halves.set(rows, from * half);
      return { type: "float16", data: new Uint16Array(halves.buffer), dims };
    };
    const tensors: Record<string, WireTensor> = {
      cos: table(cos),
      sin: table(sin),
      count: { type: "int64", data: BigInt64Array.of(0n), dims: [1, 1] },
      log: {
        type: "int64",
        data: new BigInt64Array(STEP_LOG),
        dims: [1, STEP_LOG],
      },
    };
    return Object.fromEntries(
      Object.entries(tensors).map(([name, t]) => [this.#slots[name]!.slot, t]),
    );
  }

  /** Runs of steps; without rows that are given they go on where the last one ended. */
  run(
    given: Readonly<Record<string, WireTensor>>,
    how: Pick<RunRequest, "fetch" | "times">,
  ): RunRequest {
    const goesOn = Object.keys(given).length === 0;
    const state = Object.entries(this.#slots).filter(([name]) =>
      name !== "cos" && name !== "sin"
    );
    return {
      kind: "run",
      session: "steps",
      feeds: { ...this.#slots, ...given },
      copies: [],
      store: Object.fromEntries(
        state.map(([name, { slot }]) => [`next_${name}`, slot]),
      ),
      inPlace: true,
      ...(goesOn && { replay: this.number }),
      ...how,
    };
  }

  /** Gives the memory back. */
  async drop(): Promise<void> {
    const slots = Object.values(this.#slots).map(({ slot }) => slot);
    await this.worker.send({ kind: "unbind", slots }).catch(() => {}); // it has ended
  }
}

/** The rooms of a model: one that was left is used again, and with it what the device recorded for it. */
export class StepRooms {
  #free: StepRoom[] = [];
  #number = 0;

  constructor(
    readonly config: ModelConfig,
    readonly rope: RopeCache,
    readonly products: "float32" | "float16",
  ) {}

  /** A room for a cache of so many entries and what is decoded over it. */
  take(worker: SessionWorker, entries: number): StepRoom {
    const capacity = roomCapacity(entries);
    const at = this.#free.findIndex((room) => room.capacity === capacity);
    if (at >= 0) return this.#free.splice(at, 1)[0]!;
    return new StepRoom(
      worker,
      this.config,
      this.rope,
      this.products,
      this.#number++,
      capacity,
    );
  }

  /** Takes a room back; of those that are free the last one stays. */
  async give(room: StepRoom): Promise<void> {
    const others = this.#free;
    this.#free = [room];
    for (const other of others) await other.drop();
  }
}
