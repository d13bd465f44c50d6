import type { MergedContext } from "../types.ts";

/**
 * The bias of every kept chunk's entries: −nats for every unit by which its score lies behind the best, as
 * `calibrate.score` has it. A chunk that nothing scored is a `TypeError`.
 *
 * @returns By index of the chunk, in nats.
 */
export function chunkBias(
  { sources = [], kept }: Pick<MergedContext, "sources" | "kept">,
  nats: number,
): ReadonlyMap<number, number> {
  const held = new Set(kept.map(({ chunk }) => chunk));
  const merits = sources.filter(({ chunk }) => held.has(chunk.index)).map(
    ({ chunk: { index }, merit }): [number, number] => {
      if (merit === undefined || !Number.isFinite(merit)) {
        throw new TypeError(
          `Chunk ${index} has no score to weigh it by; put a scorer before merge, or say nats: 0 to reread`,
        );
      }
      return [index, merit];
    },
  );
  const best = Math.max(...merits.map(([, merit]) => merit));
  return new Map(
    merits.map(([index, merit]) => [index, nats * (merit - best)]),
  );
}
