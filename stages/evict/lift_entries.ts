import type { EntryScoreInput } from "./entry_scores.ts";
import { headEntries } from "../cache/new_cache.ts";

/**
 * Gives entries whose position says so a score above every other of the layer, as kvpress does with its windows and
 * sinks: the largest score plus one, and among themselves a little more for the later ones.
 */
export function liftEntries(
  input: Pick<
    EntryScoreInput,
    "kvHeads" | "entries" | "counts" | "positions" | "length"
  >,
  out: Float32Array, // [kvHeads, entries]
  lifted: (position: number) => boolean,
): void {
  const { kvHeads, entries, positions, length } = input;
  let most = 0;
  for (let head = 0; head < kvHeads; head++) {
    const end = head * entries + headEntries(input, head);
    for (let at = head * entries; at < end; at++) {
      if (!lifted(positions[at]!)) most = Math.max(most, out[at]!);
    }
  }
  for (let at = 0; at < out.length; at++) {
    const position = positions[at]!;
    if (lifted(position)) out[at] = most + 1 + LATER * position / length;
  }
}

/** What the last position has more than the first: less than any difference that counts. */
const LATER = 1 / 256;
