import type { Plan } from "../../mod.ts";
import type { ChunkSets } from "./cache_sets.ts";
import type { RecordedSets } from "./run_record.ts";
import type { Tap } from "./taps.ts";

type StageSets = RecordedSets["stages"][number];

/** What was seen of caches. */
export interface SeenSets {
  readonly layers: number;
  readonly kvHeads: number;
  readonly lists: readonly (readonly number[])[];
  /** By tap, in dependency order. */
  readonly taps: ReadonlyMap<Tap, ChunkSets>;
}

/** The kept sets of the chunks that were kept, at every node that changed them; lists that nobody uses go. */
export function stageSets(
  plan: Plan,
  { layers, kvHeads, lists, taps }: SeenSets,
  kept: readonly number[],
): RecordedSets {
  const stages: StageSets[] = [];
  const placeOf = new Map<string, number>(); // of what leaves an output, in `stages`
  for (const [tap, sets] of taps) {
    const node = plan.nodes.find(({ name }) => name === tap.node)!;
    const before = Object.values(node.inputs).flat()
      .map(({ node, port }) => placeOf.get(`${node}.${port}`))
      .find((place) => place !== undefined);
    const chunks = kept.flatMap((chunk) => {
      const heads = sets.get(chunk);
      return heads ? [{ chunk, heads: [...heads] }] : [];
    });
    if (before !== undefined && same(stages[before]!.chunks, chunks)) {
      placeOf.set(tap.end, before);
      continue;
    }
    stages.push({
      node: tap.node,
      stage: node.stage.name,
      before: before ?? null,
      chunks,
    });
    placeOf.set(tap.end, stages.length - 1);
  }
  return { layers, kvHeads, ...onlyUsed(lists, stages) };
}

function same(a: StageSets["chunks"], b: StageSets["chunks"]): boolean {
  return a.length === b.length &&
    a.every(({ chunk, heads }, i) =>
      chunk === b[i]!.chunk &&
      heads.every((list, at) => list === b[i]!.heads[at])
    );
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
    chunks: stage.chunks.map(({ chunk, heads }) => ({
      chunk,
      heads: heads.map(place),
    })),
  }));
  return {
    lists: [...places.keys()].map((list) => [...lists[list]!]),
    stages: moved,
  };
}
