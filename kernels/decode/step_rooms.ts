import type { ModelConfig } from "../../io/model_config.ts";
import { biasedConfig } from "../cache/bias_columns.ts";
import type { RopeCache } from "../rope/rope_cache.ts";
import type { SessionWorker } from "../engine/session_worker.ts";
import { roomCapacity, type RoomForm, StepRoom } from "./step_room.ts";

/** Entries behind a cache that there is room for at first, where rooms can grow. */
const FIRST = 1024;

/** The rooms of a model: on a device one that was left is used again, and with it what the device recorded for it. */
export class StepRooms {
  #free: StepRoom[] = [];
  #number = 0;

  constructor(
    readonly config: ModelConfig,
    readonly rope: RopeCache,
    readonly form: Omit<RoomForm, "biased">,
  ) {}

  /** A room for a cache of so many entries and what is decoded over it; `biased`: of heads that hold a bias. */
  take(worker: SessionWorker, entries: number, biased: boolean): StepRoom {
    const { widens } = this.form;
    const capacity = widens ? entries + FIRST : roomCapacity(entries);
    const at = this.#free.findIndex((room) =>
      room.capacity === capacity && room.form.biased === biased
    );
    if (at >= 0) return this.#free.splice(at, 1)[0]!;
    return new StepRoom(
      worker,
      biased ? biasedConfig(this.config) : this.config,
      this.rope,
      { ...this.form, biased },
      this.#number++,
      capacity,
    );
  }

  /** Takes a room back; of those that are free on a device the last one stays. */
  async give(room: StepRoom): Promise<void> {
    const others = this.form.widens ? [room] : this.#free;
    this.#free = this.form.widens ? [] : [room];
    for (const other of others) await other.drop();
  }
}
