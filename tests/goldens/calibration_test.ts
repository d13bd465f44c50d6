import assert from "node:assert/strict";
import { of } from "rxjs";
import { loadModel } from "../../kernels/load_model.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import type { KvChunk } from "../../stages/types.ts";
import { reread, runCase } from "./case_run.ts";
import { goldenCase, modelPath, type OutlierFacts } from "./golden_case.ts";
import { droppedPlaces, type Place, survivors } from "./held_entries.ts";

type Zone = "sink" | "recent" | "middle" | "all";

const models = ["gqa_sharded", "mha_tied"] as const;

/** Entries beyond index 0 with more mean attention from the last rows than lambda, in the first layers. */
async function outliers(
  model: LanguageModel,
  { cache, question, entriesBefore }: KvChunk,
  rule: { rows: number; lambda: number; layers: readonly [number, number] },
): Promise<Place[]> {
  const rows = question!.ids.length;
  const weights = new Float32Array(rows).fill(1 / rule.rows, rows - rule.rows);
  const mass = await model.attention(cache, question!, weights);
  const { heads, kvHeads } = model.config;
  const group = heads / kvHeads;
  const found: Place[] = [];
  for (let l = rule.layers[0]; l <= rule.layers[1]; l++) {
    for (let head = 0; head < kvHeads; head++) {
      for (let entry = 1; entry < entriesBefore; entry++) {
        let mean = 0;
        for (let h = head * group; h < (head + 1) * group; h++) {
          mean += mass[l]![h * entriesBefore + entry]! / group;
        }
        if (mean > rule.lambda) found.push([l, head, entry]);
      }
    }
  }
  return found;
}

/** Index 0 and the indices that are not in a zone. */
function outside(zone: Zone, width: number, length: number): number[] {
  const zones = Array.from({ length }, (_, i): Zone => {
    if (i < width) return "sink";
    return i < length - width ? "middle" : "recent";
  });
  return [...zones.keys()].filter((i) =>
    i === 0 || zone !== "all" && zones[i] !== zone
  );
}

for (const name of models) {
  Deno.test(`row 25: '${name}' drops exactly the entries with attention above lambda, at most ceil(1 / lambda) - 1 a head`, async () => {
    const { facts } = await goldenCase(name, "calibrate_all");
    const [rule] = facts.calibrate!;
    const most = Math.ceil(1 / rule!.lambda) - 1;
    await using model = await loadModel(modelPath(name));
    using run = await runCase(model, facts);
    for (const [i, chunk] of run.best.entries()) {
      const left = run.after.calibrate![i]!.cache;
      const dropped = droppedPlaces(chunk.cache, left);
      assert.deepEqual(dropped, await outliers(model, chunk, rule!));
      const heads = Object.groupBy(dropped, ([l, head]) => `${l}.${head}`);
      for (const ofHead of Object.values(heads)) {
        assert(ofHead!.length <= most);
      }
    }
  });

  Deno.test(`row 26: where everything is above lambda, each zone of '${name}' loses exactly its entries, and BOS stays`, async () => {
    const { facts } = await goldenCase(name, "none");
    await using model = await loadModel(modelPath(name));
    using plain = await runCase(model, facts);
    for (const width of [0, 1, 20, 50, 300]) {
      for (const zone of ["sink", "recent", "middle", "all"] as const) {
        const layers = [0, 0] as const;
        const rules = [{ zone, width, layers, lambda: 1e-30, rows: 1 }];
        using inside = await runCase(model, { ...facts, calibrate: rules }, {
          replace: { "scored.chunks": reread(plain.scored) },
        });
        plain.merged.retain();
        using over = await runCase(
          model,
          { ...facts, mergedCalibrate: rules },
          {
            replace: { "merged.context": of(plain.merged) },
          },
        );
        const pairs = inside.best.map(({ cache }, i) =>
          [cache, inside.after.calibrate![i]!.cache] as const
        );
        pairs.push([over.merged.cache, over.context.cache]);
        for (const [before, after] of pairs) {
          const { entries } = before.layers[0]!;
          const left = survivors(before, after)[0];
          assert.deepEqual(left, outside(zone, width, entries));
        }
      }
    }
  });

  Deno.test(`row 29: fewer entries of '${name}' are above lambda after calibration, as many as in the reference`, async () => {
    const { facts } = await goldenCase(name, "calibrate_all");
    await using model = await loadModel(modelPath(name));
    using once = await runCase(model, facts);
    using twice = await runCase(model, facts, {
      replace: { "best.chunks": reread(once.after.calibrate!) },
    });
    const drops = (run: typeof once, i: number) =>
      droppedPlaces(run.best[i]!.cache, run.after.calibrate![i]!.cache).length;
    const counts = facts.kept.map((chunk, i) => ({
      chunk,
      before: drops(once, i),
      after: drops(twice, i),
    }));
    const reference = facts.outliers as readonly OutlierFacts[];
    assert.deepEqual(
      counts,
      reference.map(({ margin: _, ...counted }) => counted),
    );
    for (const { before, after } of counts) assert(after < before);
  });

  Deno.test(`row 28: '${name}' is calibrated inside chunks or over the merged cache, and the question stays whole`, async () => {
    await using model = await loadModel(modelPath(name));
    for (const caseName of ["calibrate", "merged_calibrate"]) {
      const { facts } = await goldenCase(name, caseName);
      using run = await runCase(model, facts);
      const inChunks = caseName === "calibrate";
      const entries = (cache: KvChunk["cache"]) => cache.layers[0]!.entries;
      assert.equal(run.after.calibrate !== undefined, inChunks);
      assert.equal(run.context !== run.merged, !inChunks);
      const [before, after] = inChunks
        ? [run.best[0]!.cache, run.after.calibrate![0]!.cache]
        : [run.merged.cache, run.context.cache];
      assert(droppedPlaces(before, after).length > 0);
      assert(entries(after) <= entries(before));
      assert.deepEqual([...run.asked.steps[0]!.ids], facts.tail);
    }
  });
}
