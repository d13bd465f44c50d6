import assert from "node:assert/strict";
import { stopsOf } from "../../../cli/experiment/stops.ts";
import {
  builtins,
  defineEvictor,
  type Evictor,
  EvictorOptions,
  loadGraph,
  type Plan,
  shippedGraph,
} from "../../../mod.ts";

/** A rule of somebody's own; every one has the same name. */
const ownRule = (sign: 1 | -1): Evictor<typeof EvictorOptions> =>
  defineEvictor({
    name: "my.rule",
    score: ({ positions }, out) => out.set(positions.map((at) => sign * at)),
  });

/** parallelcomp.yaml with the rule in the evictor's place. */
function graphWith(rule: Evictor<typeof EvictorOptions>): Promise<Plan> {
  return loadGraph(shippedGraph("parallelcomp"), {
    registry: builtins().add(rule),
    revise: ({ params, ...graph }) => {
      const { keepEntries: _k, rows: _r, pool: _p, share: _s, ...others } =
        params!;
      const evicted = { stage: "my.rule", in: { chunks: "best" } };
      return {
        ...graph,
        params: others,
        nodes: { ...graph.nodes, evicted },
      };
    },
  });
}

Deno.test("stopsOf() does not take one user's stage for another of the same name", async () => {
  const plans = [await graphWith(ownRule(1)), await graphWith(ownRule(-1))];
  const [a, b] = plans.map((plan, i) =>
    new Map(
      stopsOf(plan, [`hash ${i}`]).map(({ part, key }) => [part.name, key]),
    )
  );
  assert.equal(a!.get("best.chunks"), b!.get("best.chunks"), "all built in");
  assert.notEqual(a!.get("evicted.chunks"), b!.get("evicted.chunks"));
  assert.notEqual(a!.get("calibrated.chunks"), b!.get("calibrated.chunks"));
});

Deno.test("stopsOf() knows the same module again", async () => {
  const [a, b] = [await graphWith(ownRule(1)), await graphWith(ownRule(1))]
    .map((plan) => stopsOf(plan, ["hash"]).map(({ key }) => key));
  assert.deepEqual(a, b);
});
