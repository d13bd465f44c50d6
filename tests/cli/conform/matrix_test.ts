import assert from "node:assert/strict";
import { loadModules } from "../../../cli/conform/load_modules.ts";
import { runMatrix } from "../../../cli/conform/matrix.ts";
import { type Check, checks } from "../../../cli/conform/record.ts";
import { openSources } from "../../../cli/conform/source.ts";
import { failureLine } from "../../../cli/conform/table_of.ts";
import { builtins } from "../../../mod.ts";

const fixtures = new URL("../../fixtures/conform/", import.meta.url);

/** Planted faults: the module, its stage, the one check that catches it, and what is said. */
const wrong: readonly [string, string, Check, RegExp][] = [
  [
    "unsorted",
    "wrong.unsorted",
    "order",
    /layer 0, KV head 0 holds position 10 behind a later one/,
  ],
  ["keeps_state", "wrong.state", "state", /run again: the second run differs/],
  ["ignores_keep", "wrong.keep", "keep", /whatever 'keep' says/],
  ["wrong_size", "wrong.size", "sizes", /keeps 13 entries, not 12/],
  ["writes_nan", "wrong.nan", "finite", /holds a number that is not finite/],
  ["writes_nan", "wrong.nan-score", "finite", /Score of chunk \d, .* not a/],
  ["wrong_values", "wrong.values", "values", /layer 1, .* holds other numbers/],
  ["drops_lead", "wrong.lead", "lead", /dropped position 0, .* protected/],
  ["mutates_input", "wrong.mutates", "inputs", /wrote to the keys of layer 0/],
  ["leaks", "select.leaks", "leaks", /\d bytes are still leased/],
  ["no_lease", "evict.no-lease", "leaks", /\d bytes more than are leased/],
  ["lies_about_needs", "wrong.needs", "needs", /only what it declares/],
  ["order_of_arrival", "wrong.order", "batch", /order of arrival: chunk 0 has/],
  ["order_of_arrival", "wrong.infinite", "finite", /not a finite number/],
  ["overspends", "wrong.overspends", "sizes", /keep 75 entries in all, not 72/],
  [
    "wrong_body",
    "wrong.body",
    "fused",
    /keeps positions 0 1 .*, on the host 0/,
  ],
  ["drops_bos", "calibrate.wrong", "lead", /dropped position 0/],
  ["coarse", "quantise.wrong", "values", /a number of its keys is -?1, in its/],
  ["in_order_of_score", "select.by-score", "order", /in the order 1, 2, 0/],
];

Deno.test("runMatrix() catches every planted fault by the message of its own check alone", async (t) => {
  await using sources = await openSources();
  const modules = [...new Set(wrong.map(([module]) => module))];
  const paths = modules.map((name) => new URL(`${name}.ts`, fixtures).pathname);
  const { entries } = await loadModules(paths);
  const { rows } = await runMatrix({ entries, sources, quick: true });
  assert.equal(rows.length, wrong.length);
  for (const [module, stage, check, message] of wrong) {
    await t.step(`${module}: ${stage}`, () => {
      const row = rows.find((row) => row.stage === stage)!;
      const lines = row.failures.map(failureLine);
      assert.deepEqual(row.failures.map((f) => f.check), [check], lines.join());
      assert.equal(row.cells[check], "FAIL");
      assert.match(lines[0]!, message);
      const [name, column] = lines[0]!.split(" · ");
      assert.deepEqual([name, column], [stage, check]);
      assert(lines[0]!.endsWith(`; right: ${checks[check]}`));
    });
  }
});

Deno.test("runMatrix() knows a user's calibrator, whatever its name", async () => {
  await using sources = await openSources();
  const path = new URL("weighs.ts", fixtures).pathname;
  const { entries } = await loadModules([path]);
  const { rows } = await runMatrix({ entries, sources, quick: true });
  assert.deepEqual(rows.map(({ seam }) => seam), ["calibrator"]);
  assert.deepEqual(rows.flatMap((row) => row.failures.map(failureLine)), []);
});

Deno.test("runMatrix() finds that every rule of the shelf conforms, and skips none in silence", async () => {
  await using sources = await openSources();
  const entries = builtins().entries();
  const { rows, notCovered } = await runMatrix({
    entries,
    sources,
    quick: true,
  });
  assert.deepEqual(rows.flatMap((row) => row.failures.map(failureLine)), []);
  const named = [...rows, ...notCovered].map(({ stage }) => stage).sort();
  assert.deepEqual(named, entries.map(({ stage }) => stage.name).sort());
  const kinds = /^(score|select|evict|allocate|calibrate|quantise)\b/;
  const skipped = notCovered.filter(({ stage }) => kinds.test(stage));
  assert.deepEqual(skipped, [{
    stage: "allocate.chunks", // tests/stages/allocate/chunks_test.ts holds it to the same
    why: "it shares out among chunks; the matrix looks at one",
  }]);
  assert.deepEqual(notCovered.filter(({ stage }) => stage === "reread"), [{
    stage: "reread", // tests/stages/reread_test.ts holds it to what a prefill gives
    why: "it makes new entries of tokens; the matrix looks at given ones",
  }]);
});
