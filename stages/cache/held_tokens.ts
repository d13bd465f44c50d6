import type { ModelConfig } from "../../io/model_config.ts";
import type { KvCache, KvLayer } from "../../kernels/cache/kv_cache.ts";
import { layerKind } from "../../kernels/layers/layer_kind.ts";
import type { MergedContext, MergedSource } from "../types.ts";
import { headEntries } from "./new_cache.ts";

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

/** Which tokens are asked for. */
export interface TokenRoom {
  /** The most tokens. */
  readonly room: number;
  /** Of the model that made the entries: whose layers see how far. */
  readonly config: Pick<ModelConfig, "layerKinds">;
}

/** A token, and what speaks for it. */
interface Candidate extends HeldToken {
  /** Heads that hold it. */
  readonly holders: number;
  /** Of its chunk; high is good. */
  readonly merit: number;
}

/**
 * The tokens that a context's entries stand for: as many as a head holds (the mean over layers and heads, leads left
 * out), those that most heads hold; of equal ones those of better chunks, then the earlier ones. Layers that see less
 * far than others are not asked: they hold what is newest in every chunk, whatever it is worth. Without the facet
 * `tokens`, or where entries are of no token of its chunks, a `TypeError`.
 */
export function heldTokens(
  context: MergedContext,
  { room, config }: TokenRoom,
): HeldTokens {
  const { cache, sources, places } = context;
  if (!sources) {
    throw new TypeError(
      "This merged context does not know its tokens; put 'reread' behind 'merge'",
    );
  }
  const layers = farthestLayers(cache, config);
  const holders = countHolders(layers, cache.kvHeads, { sources, places });
  const candidates = sources.flatMap((source, i) =>
    candidatesOf(source, holders[i]!)
  );
  const held = candidates.reduce((sum, { holders }) => sum + holders, 0);
  const wanted = Math.round(held / (layers.length * cache.kvHeads));
  const tokens = candidates
    .sort((a, b) => b.holders - a.holders || b.merit - a.merit || inText(a, b))
    .slice(0, Math.min(wanted, room))
    .sort(inText);
  return { tokens, left: wanted - tokens.length };
}

function inText(a: HeldToken, b: HeldToken): number {
  return a.chunk - b.chunk || a.position - b.position;
}

/** The layers whose rows see no less far than those of any other: all of them where none has a sliding window. */
function farthestLayers(
  { layers }: KvCache,
  config: Pick<ModelConfig, "layerKinds">,
): readonly KvLayer[] {
  const sight = layers.map((_, l) => layerKind(config, l).sliding ?? Infinity);
  const farthest = Math.max(...sight);
  return layers.filter((_, l) => sight[l] === farthest);
}

/** Where entries came from. */
interface Origins {
  readonly sources: readonly MergedSource[];
  /** Of what stands at each position of the cache; absent: there. */
  readonly places: Int32Array | undefined; // [position]
}

/** How many heads hold an entry of every position of every chunk, lead included. */
function countHolders(
  layers: readonly KvLayer[],
  kvHeads: number,
  { sources, places }: Origins,
): readonly Uint32Array[] { // sources × [lead + tokens]
  const holders = sources.map(({ chunk: { lead, tokens } }) =>
    new Uint32Array(lead.length + tokens.length)
  );
  const byChunk = new Map(
    sources.map(({ chunk }, i) => [chunk.index, holders[i]!]),
  );
  for (const layer of layers) {
    for (let head = 0; head < kvHeads; head++) {
      const from = head * layer.entries;
      const to = from + headEntries(layer, head);
      for (let at = from; at < to; at++) {
        const chunk = layer.chunks?.[at] ?? -1;
        const own = layer.positions[at]!;
        const position = places ? places[own]! : own;
        const counts = byChunk.get(chunk);
        if (!(position < (counts?.length ?? 0))) {
          throw new TypeError(
            `An entry at position ${position} of chunk ${chunk} is of no token of the merged context's sources`,
          );
        }
        counts![position]!++;
      }
    }
  }
  return holders;
}

/** The tokens of a chunk that heads hold, none of its lead. */
function candidatesOf(
  { chunk: { index, lead, tokens }, merit = 0 }: MergedSource,
  holders: Uint32Array, // [lead + tokens]
): Candidate[] {
  return Array.from(tokens, (id, i) => ({
    id,
    chunk: index,
    position: lead.length + i,
    holders: holders[lead.length + i]!,
    merit,
  })).filter(({ holders }) => holders > 0);
}
