/**
 * KV caches that stages hold: who owns them, and how new ones are made of kept entries.
 *
 * @module
 */
export * from "./keep_entries.ts";
export {
  describeKvChunk,
  type KvChunkParts,
  ownKvChunk,
  replaceCache,
} from "./kv_chunk.ts";
export * from "./kv_store.ts";
export { type MergedContextParts, ownMergedContext } from "./merged_context.ts";
export { type CacheShape, headEntries, newCache } from "./new_cache.ts";
