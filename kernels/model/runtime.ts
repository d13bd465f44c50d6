import type { ModelConfig } from "../../io/model_config.ts";
import type { Arena } from "../cache/arena.ts";
import type { CachePlace } from "../cache/cache_place.ts";
import type { Embedding } from "../layers/embedding.ts";
import type { RopeCache } from "../rope/rope_cache.ts";
import type { StepRooms } from "../decode/step_rooms.ts";
import type { SessionPool } from "./session_pool.ts";

/** State that the run functions share: the sessions, the embedding, RoPE's table, memory for caches. */
export interface Runtime {
  readonly config: ModelConfig;
  /** Absent where the sessions look ids up themselves. */
  readonly embedding?: Embedding;
  /** Absent where the sessions turn rows by their positions themselves. */
  readonly rope?: RopeCache;
  readonly pool: SessionPool;
  readonly arena: Arena;
  /** Where caches are put together; absent where they come to the host. */
  readonly place?: CachePlace;
  /** Present where steps can stay on the device. */
  readonly rooms?: StepRooms;
}
