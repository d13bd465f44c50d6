import assert from "node:assert/strict";
import fc from "fast-check";
import {
  asyncScheduler,
  forkJoin,
  from,
  lastValueFrom,
  map,
  mergeMap,
  observeOn,
  take,
  tap,
  toArray,
} from "rxjs";
import { ancestors, dependencyOrder, type Edges } from "../../core/order.ts";
import { runGraph } from "../../core/run.ts";
import type { AnyStage } from "../../core/stage.ts";
import { Tracked, tracked } from "./tracked.ts";
import { pipe, source, wire, type Wired } from "./wire.ts";

/** A random graph without cycles: node i reads some of the nodes before it; node 0 reads nothing. */
const dag = fc.integer({ min: 1, max: 8 }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, i) =>
      fc.subarray(
        Array.from({ length: i }, (_, j) => j),
        {
          minLength: Math.min(i, 1),
        },
      )),
  )
);

const name = (i: number) => `n${i}`;

/** Edges as the loader makes them. */
function edgesOf(reads: readonly (readonly number[])[]): Edges {
  return new Map(
    reads.map((from, i) => [
      name(i),
      { in: from.map((j) => ({ node: name(j), port: "out" })) },
    ]),
  );
}

Deno.test("dependencyOrder() puts every node of a random graph after those that it reads", () => {
  fc.assert(fc.property(dag, fc.infiniteStream(fc.nat()), (reads, random) => {
    const shuffled = [...edgesOf(reads)]
      .map((edge) => ({ edge, key: random.next().value! }))
      .sort((a, b) => a.key - b.key).map(({ edge }) => edge);
    const { sorted, cycles } = dependencyOrder(new Map(shuffled));
    assert.deepEqual(cycles, []);
    assert.deepEqual(sorted.toSorted(), reads.map((_, i) => name(i)).sort());
    for (const [i, from] of reads.entries()) {
      for (const j of from) {
        assert(sorted.indexOf(name(j)) < sorted.indexOf(name(i)));
      }
    }
  }));
});

Deno.test("dependencyOrder() finds a cycle wherever an edge back is added", () => {
  fc.assert(fc.property(dag, fc.nat(), fc.nat(), (reads, a, b) => {
    const edges = edgesOf(reads);
    const to = name(a % reads.length);
    const above = [...ancestors([to], edges)];
    const from = above[b % above.length]!; // `to` reads it, or it is `to`
    const back = new Map(edges);
    const inputs = edges.get(from)!.in!;
    back.set(from, { in: [...inputs, { node: to, port: "out" }] });
    const { cycles } = dependencyOrder(back);
    assert(cycles.length > 0);
    for (const cycle of cycles) {
      assert.equal(cycle[0], cycle.at(-1));
      for (const [i, node] of cycle.slice(0, -1).entries()) {
        const read = back.get(node)!.in!.map((end) => end.node);
        assert(read.includes(cycle[i + 1]!), `${node} reads ${cycle[i + 1]}`);
      }
    }
  }));
});

/** Stages that pass values on in different ways, none of which loses or makes one. */
const passing: readonly AnyStage[] = [
  pipe((input) => input),
  pipe((input) => input.pipe(mergeMap((value) => Promise.resolve(value)))),
  pipe((input) => input.pipe(toArray(), mergeMap((values) => from(values)))),
  pipe((input) => input.pipe(observeOn(asyncScheduler))),
];

Deno.test("runGraph() loses nothing and leaks no share on random graphs", async () => {
  const scenario = fc.record({
    reads: dag,
    kinds: fc.array(fc.nat(3), { minLength: 8, maxLength: 8 }),
    limits: fc.array(fc.integer({ min: 1, max: 12 }), {
      minLength: 8,
      maxLength: 8,
    }),
    early: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ reads, kinds, limits, early }) => {
      const values = tracked(3);
      const emitted = new Set<Tracked>();
      const first = source(() =>
        from(values).pipe(tap((value) => emitted.add(value)))
      );
      const nodes: Record<string, Wired> = {};
      for (const [i, from] of reads.entries()) {
        nodes[name(i)] = i === 0
          ? first
          : [passing[early ? 0 : kinds[i]!]!, from.map(name)];
      }
      const outputs = Object.fromEntries(
        reads.map((_, i) => [`o${i}`, name(i)]),
      );
      const run = runGraph(await wire(nodes, outputs));
      const drop = map((value: unknown) => {
        (value as Tracked).release();
        return (value as Tracked).id;
      });
      const seen = await lastValueFrom(forkJoin(
        reads.map((_, i) =>
          run.outputs[`o${i}`]!.pipe(
            early ? take(limits[i]!) : take(Infinity),
            drop,
            toArray(),
          )
        ),
      ));
      const paths = countPaths(reads);
      for (const [i, ids] of seen.entries()) {
        const all = paths[i]! * values.length;
        assert.equal(ids.length, early ? Math.min(all, limits[i]!) : all);
      }
      for (const value of emitted) assert.equal(value.owners, 0);
    }),
    { numRuns: 200 },
  );
});

/** By how many ways a value of node 0 reaches every node. */
function countPaths(reads: readonly (readonly number[])[]): number[] {
  const paths: number[] = [];
  for (const [i, from] of reads.entries()) {
    paths.push(i === 0 ? 1 : from.reduce((sum, j) => sum + paths[j]!, 0));
  }
  return paths;
}
