import type { KvCache } from "./kv_cache.ts";

/** What a decode session must know of a cache: a session of its own for every form, so that none pays for another. */
export interface CacheForm {
  /** Scores of entries are tempered (see `Tempering`). */
  readonly tempered: boolean;
  /** Entries are 8-bit numbers with scales. */
  readonly int8: boolean;
}

/** Names of the decode sessions. */
export type DecodeName =
  | "decode"
  | "decode-tempered"
  | "decode-int8"
  | "decode-int8-tempered";

/** Whether a cache's entries are 8-bit numbers. */
export function isInt8({ layers }: KvCache): boolean {
  return layers.some(({ int8 }) => int8);
}

/** The decode session that reads some caches together. */
export function decodeName(caches: readonly KvCache[]): DecodeName {
  const int8 = caches.some(isInt8);
  const tempered = caches.some(({ tempering }) => tempering);
  if (int8) return tempered ? "decode-int8-tempered" : "decode-int8";
  return tempered ? "decode-tempered" : "decode";
}

/** The form that a session's name stands for. */
export function formOf(name: DecodeName): CacheForm {
  return { tempered: name.endsWith("tempered"), int8: name.includes("int8") };
}
