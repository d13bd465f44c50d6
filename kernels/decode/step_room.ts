import type { ModelConfig } from "../../io/model_config.ts";
import { ruleNumbers } from "../family/draw_token.ts";
import type { Draws } from "../language_model.ts";
import type {
  Feed,
  Request,
  RunRequest,
  Slot,
  WireTensor,
} from "../engine/protocol.ts";
import type { RoomName } from "../cache/room_graph.ts";
import type { RopeCache } from "../rope/rope_cache.ts";
import type { SessionWorker } from "../engine/session_worker.ts";
import {
  STEP_LOG,
  type StepChoice,
  type StepForm,
  type StepGraphs,
  stepsName,
} from "../family/step_graph.ts";

/** Entries of the question and of the answer that there is room for, on a device. */
const BEHIND = STEP_LOG;
/** Rooms are so many entries larger than one another, so that caches of about one size fit the same. */
const GRAIN = 1024;

/** What steps take over from one another, beside the cache. */
const STATE = ["ids", "last", "count", "log"];
/** What only steps read that draw. */
const DRAWS = ["points", "rule"];
/** For steps whose token nobody asks for. */
const NO_DRAWS: Draws = {
  temperature: 1,
  topK: 1,
  topP: 1,
  minP: 0,
  points: new Float64Array(0),
};

/** Entries of a room on a device for a cache of so many and what is decoded over it. */
export function roomCapacity(entries: number): number {
  return Math.ceil((entries + BEHIND) / GRAIN) * GRAIN;
}

/** What keys and values are in a room. */
export type RoomForm =
  & Pick<StepGraphs, "products" | "cache" | "widens">
  & Pick<StepForm, "biased">;

/** Memory that a cache and what is decoded over it live in: slots that stay where they are. */
export class StepRoom {
  readonly #slots: Readonly<Record<string, Slot>>;
  #capacity: number;

  /**
   * @param config The model's, or that of heads that hold a bias (`biasedConfig`).
   * @param number Unlike that of every other room of the model.
   */
  constructor(
    readonly worker: SessionWorker,
    readonly config: ModelConfig,
    readonly rope: RopeCache,
    readonly form: RoomForm,
    readonly number: number,
    capacity: number,
  ) {
    this.#capacity = capacity;
    const names = [...STATE, "cos", "sin", ...DRAWS];
    const layer = ["keys", "values"];
    if (form.cache === "int8") layer.push("key_scales", "value_scales");
    for (let l = 0; l < config.layers; l++) {
      names.push(...layer.map((name) => `${name}.${l}`));
    }
    const place = crypto.randomUUID();
    this.#slots = Object.fromEntries(
      names.map((name) => [name, { slot: `${place}.${name}` }]),
    );
  }

  /** Entries that there is room for. */
  get capacity(): number {
    return this.#capacity;
  }

  /** The session that brings caches here. */
  get session(): RoomName {
    return this.form.biased ? "room-biased" : "room";
  }

  /**
   * Brings a cache of so many entries here: its `keys.l` and `values.l`, and where heads hold a bias what `columns`
   * gives for each of them.
   */
  async take(
    feeds: Readonly<Record<string, WireTensor | Slot>>,
    entries: number,
    columns: (name: string) => WireTensor,
  ): Promise<void> {
    const { widens, biased, cache } = this.form;
    const all = Object.entries(feeds).map(([name, entries]) =>
      [
        name,
        { entries, ...(biased && { columns: columns(name) }) },
      ] as const
    );
    if (!widens) {
      const runs = all.map(([name, feeds]) => this.#fill(name, feeds, entries));
      await this.worker.send({ kind: "runs", runs });
      return;
    }
    for (const [name, feeds] of all) {
      if (biased || cache === "int8") await this.#make(name, feeds, entries);
      else await this.#widen(name, feeds.entries, entries);
    }
  }

  /** Brings one layer's keys or values here as their session makes them: as 8-bit numbers, or with a bias. */
  async #make(
    name: string,
    feeds: Readonly<Record<string, Feed>>,
    count: number,
  ): Promise<void> {
    const scales = this.#slots[name.replace("s.", "_scales.")]?.slot;
    const made = `${this.#slots[name]!.slot}.made`;
    await this.worker.send({
      kind: "run",
      session: this.session,
      feeds: scales ? feeds : { ...feeds, room: this.#behind(0) },
      fetch: [],
      copies: [],
      store: scales ? { numbers: made, scales } : { roomy: made },
    });
    await this.#widen(name, { slot: made }, count);
    await this.worker.send({ kind: "unbind", slots: [made] });
  }

  /** The shape of so many entries. */
  #behind(count: number): WireTensor {
    const { kvHeads, headDim } = this.config;
    const shape = BigInt64Array.of(
      ...[1, kvHeads, count, headDim].map(BigInt),
    );
    return { type: "int64", data: shape, dims: [4] };
  }

  /** Brings one layer's keys or values here as they are. */
  async #widen(
    name: string,
    from: WireTensor | Slot,
    taken: number,
    rows = taken,
  ): Promise<void> {
    const { kvHeads, headDim } = this.config;
    const type = this.form.cache;
    const dims = [1, kvHeads, rows, headDim];
    const tensor = "slot" in from ? { ...from, type, dims } : from;
    const { slot } = this.#slots[name]!;
    await this.worker.send({
      kind: "widen",
      tensors: { [slot]: { from: tensor, taken, capacity: this.capacity } },
    });
  }

  /** Makes room for so many entries at least, of which the first `taken` are there. */
  async grow(least: number, taken: number, shift: number): Promise<void> {
    const { capacity: rows } = this;
    this.#capacity = Math.max(Math.ceil(least / GRAIN) * GRAIN, 2 * rows);
    const caches = Object.entries(this.#slots).filter(([name]) =>
      /^(keys|values)\./.test(name)
    );
    for (const [name, slot] of caches) {
      await this.#widen(name, slot, taken, rows);
    }
    await this.worker.send({ kind: "bind", tensors: this.#tables(shift) });
  }

  /** Brings one layer's keys or values into a device's memory. */
  #fill(
    name: string,
    feeds: Readonly<Record<string, Feed>>,
    count: number,
  ): RunRequest {
    return {
      kind: "run",
      session: this.session,
      feeds: { ...feeds, room: this.#behind(this.capacity - count) },
      fetch: [],
      copies: [],
      store: { roomy: this.#slots[name]!.slot },
      inPlace: true,
    };
  }

  /** What decoding begins with; entry i behind the cache turns by position i + `shift`. */
  begin(shift: number, choice: StepChoice): Request {
    const tensors = {
      ...this.#tables(shift),
      ...this.#log(),
      ...(choice === "sampled" && this.#draws(NO_DRAWS, 0)),
    };
    return { kind: "bind", tensors };
  }

  /** What sampled steps begin with: `id`, which is to be entry `last`, and the draws of the tokens from number `chosen` on. */
  draw(id: number, last: number, chosen: number, draws: Draws): Request {
    const long = (value: number): WireTensor => ({
      type: "int64",
      data: BigInt64Array.of(BigInt(value)),
      dims: [1, 1],
    });
    const tensors = {
      ...this.#inSlots({
        ids: long(id),
        last: { type: "int32", data: Int32Array.of(last), dims: [1] },
        count: long(chosen),
      }),
      ...this.#draws(draws, chosen),
    };
    return { kind: "bind", tensors };
  }

  #draws(draws: Draws, from: number): Record<string, WireTensor> {
    const points = new Float64Array(STEP_LOG); // [STEP_LOG]
    points.set(draws.points, from);
    const rule = ruleNumbers(draws, this.config.vocab); // [RULE]
    return this.#inSlots({
      points: { type: "float64", data: points, dims: [1, STEP_LOG] },
      rule: { type: "float64", data: rule, dims: [rule.length] },
    });
  }

  /** Forgets which tokens were chosen. */
  forget(): Request {
    return { kind: "bind", tensors: this.#log() };
  }

  #log(): Record<string, WireTensor> {
    return this.#inSlots({
      count: { type: "int64", data: BigInt64Array.of(0n), dims: [1, 1] },
      log: {
        type: "int64",
        data: new BigInt64Array(STEP_LOG),
        dims: [1, STEP_LOG],
      },
    });
  }

  #tables(shift: number): Record<string, WireTensor> {
    const half = this.config.ropeDim / 2;
    const from = Math.max(-shift, 0);
    const { cos, sin } = this.rope.rows(from + shift, this.capacity - from);
    const table = (rows: Float32Array): WireTensor => {
      const size = this.capacity * half;
      const dims = [this.capacity, half];
      if (this.form.products === "float32") {
        const data = new Float32Array(size); // [capacity, ropeDim / 2]
        data.set(rows, from * half);
        return { type: "float32", data, dims };
      }
      const halves = new Float16Array(size); // [capacity, ropeDim / 2]
      halves.set(rows, from * half);
      return { type: "float16", data: new Uint16Array(halves.buffer), dims };
    };
    return this.#inSlots({ cos: table(cos), sin: table(sin) });
  }

  #inSlots(tensors: Record<string, WireTensor>): Record<string, WireTensor> {
    return Object.fromEntries(
      Object.entries(tensors).map(([name, t]) => [this.#slots[name]!.slot, t]),
    );
  }

  /** Runs of steps; without rows that are given they go on where the last one ended. */
  run(
    choice: StepChoice,
    given: Readonly<Record<string, WireTensor>>,
    how: Pick<RunRequest, "fetch" | "times">,
  ): RunRequest {
    const goesOn = Object.keys(given).length === 0;
    const slots = Object.entries(this.#slots).filter(([name]) =>
      choice === "sampled" || !DRAWS.includes(name)
    );
    const state = slots.filter(([name]) =>
      STATE.includes(name) || /^(keys|values)\./.test(name)
    );
    return {
      kind: "run",
      session: stepsName({ choice, biased: this.form.biased }),
      feeds: { ...Object.fromEntries(slots), ...given },
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
