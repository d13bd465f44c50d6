import type { MergedContext } from "../types.ts";
import { headEntries } from "./new_cache.ts";
import { meanEntries } from "./new_cache.ts";

/** A token of the document that a merged context holds entries of. */
export interface HeldToken {
  readonly id: number;
  /** Index of its chunk. */
  readonly chunk: number;
  /** Its index inside the chunk, lead included. */
  readonly position: number;
}

/** Tokens of a context, and how many more there would be. */
export interface HeldTokens {
  /** In the document's order, none of a lead. */
  readonly tokens: readonly HeldToken[];
  /** Tokens that were left out because there is no room for them. */
  readonly left: number;
}

/** A token, and what speaks for it. */
interface Candidate extends HeldToken {
  holders: number;
  /** Of its chunk; high is good. */
  readonly merit: number;
}

/**
 * The tokens that a context's entries stand for: as many as a head holds (the mean over layers and heads), those that
 * most heads hold; of equal ones those of better chunks, then the earlier ones. Without the facet `tokens` a `TypeError`.
 */
export function heldTokens(context: MergedContext, room: number): HeldTokens {
  const candidates = candidatesOf(context);
  const entries = meanEntries(context.cache) - meanLead(context);
  const wanted = Math.min(Math.round(entries), candidates.length);
  const tokens = candidates
    .sort((a, b) => b.holders - a.holders || b.merit - a.merit || inText(a, b))
    .slice(0, Math.min(wanted, room))
    .sort(inText);
  return { tokens, left: wanted - tokens.length };
}

function inText(a: HeldToken, b: HeldToken): number {
  return a.chunk - b.chunk || a.position - b.position;
}

function candidatesOf({ cache, sources }: MergedContext): Candidate[] {
  if (!sources) {
    throw new TypeError(
      "This merged context does not know its tokens; put 'reread' behind 'merge'",
    );
  }
  const byChunk = new Map(sources.map((source) => [source.chunk.index, {
    ...source,
    candidates: new Map<number, Candidate>(), // by position
  }]));
  for (const layer of cache.layers) {
    for (let head = 0; head < cache.kvHeads; head++) {
      const from = head * layer.entries;
      const to = from + headEntries(layer, head);
      for (let at = from; at < to; at++) {
        const position = layer.positions[at]!;
        const { chunk, merit = 0, candidates } = byChunk.get(
          layer.chunks![at]!,
        )!;
        if (position < chunk.lead.length) continue;
        const known = candidates.get(position);
        if (known) known.holders++;
        else {
          candidates.set(position, {
            id: chunk.tokens[position - chunk.lead.length]!,
            chunk: chunk.index,
            position,
            holders: 1,
            merit,
          });
        }
      }
    }
  }
  return [...byChunk.values()].flatMap(({ candidates }) => [
    ...candidates.values(),
  ]);
}

/** Entries of a lead that a head holds: the mean over layers and heads. */
function meanLead({ cache, sources = [] }: MergedContext): number {
  const leads = new Map(
    sources.map(({ chunk }) => [chunk.index, chunk.lead.length]),
  );
  let total = 0;
  for (const layer of cache.layers) {
    for (let head = 0; head < cache.kvHeads; head++) {
      const from = head * layer.entries;
      const to = from + headEntries(layer, head);
      for (let at = from; at < to; at++) {
        if (layer.positions[at]! < leads.get(layer.chunks![at]!)!) total++;
      }
    }
  }
  return total / (cache.layers.length * cache.kvHeads);
}
