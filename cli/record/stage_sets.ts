import { isCalibrator, type Plan } from "../../mod.ts";
import type { ChunkSets, HeadSets } from "./cache_sets.ts";
import type { RecordedSets } from "./run_record.ts";
import type { Tap } from "./taps.ts";

type StageSets = RecordedSets["stages"][number];
type ChunkHeads = StageSets["chunks"][number];

/** What was seen of caches at one output. */
export interface TapSets {
  readonly chunks: ChunkSets;
  readonly tempering?: StageSets["tempering"];
}

/** What was seen of caches. */
export interface SeenSets {
  readonly layers: number;
  readonly kvHeads: number;
  readonly lists: readonly (readonly number[])[];
  /** By tap, in dependency order. */
  readonly taps: ReadonlyMap<Tap, TapSets>;
}

/** The kept sets of the chunks that were merged, at every node that changed them; lists that nobody uses go. */
export function stageSets(
  plan: Plan,
  { layers, kvHeads, lists, taps }: SeenSets,
  merged: readonly number[],
): RecordedSets {
  const stages: StageSets[] = [];
  const placeOf = new Map<string, number>(); // of what leaves an output, in `stages`
  for (const [tap, { chunks: sets, tempering }] of taps) {
    const node = plan.nodes.find(({ name }) => name === tap.node)!;
    const before = Object.values(node.inputs).flat()
      .map(({ node, port }) => placeOf.get(`${node}.${port}`))
      .find((place) => place !== undefined);
    const stage: StageSets = {
      node: tap.node,
      stage: node.stage.name,
      ...(isCalibrator(node.stage) && { calibrates: true }),
      before: before ?? null,
      chunks: merged.flatMap((chunk) => {
        const heads = sets.get(chunk);
        return heads ? [withLists(chunk, heads, (list) => list)] : [];
      }),
      ...(tempering && {
        tempering: {
          temperature: tempering.temperature,
          scale: tempering.scale,
        },
      }),
    };
    const changed = before === undefined ||
      said(stages[before]!) !== said(stage);
    placeOf.set(tap.end, changed ? stages.push(stage) - 1 : before);
  }
  return { layers, kvHeads, ...onlyUsed(lists, stages) };
}

/** The same text for the same sets. */
function said({ chunks, tempering }: StageSets): string {
  return JSON.stringify([chunks, tempering]);
}

function withLists(
  chunk: number,
  { heads, lowered, raised }: HeadSets | ChunkHeads,
  place: (list: number) => number,
): ChunkHeads {
  return {
    chunk,
    heads: heads.map(place),
    ...(lowered && { lowered: lowered.map(place) }),
    ...(raised && { raised: raised.map(place) }),
  };
}

function onlyUsed(
  lists: SeenSets["lists"],
  stages: readonly StageSets[],
): Pick<RecordedSets, "lists" | "stages"> {
  const places = new Map<number, number>();
  const place = (list: number) => {
    if (!places.has(list)) places.set(list, places.size);
    return places.get(list)!;
  };
  const moved = stages.map((stage) => ({
    ...stage,
    chunks: stage.chunks.map((chunk) => withLists(chunk.chunk, chunk, place)),
  }));
  return {
    lists: [...places.keys()].map((list) => [...lists[list]!]),
    stages: moved,
  };
}
