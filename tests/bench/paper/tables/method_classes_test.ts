import assert from "node:assert/strict";
import { methodClasses } from "../../../../bench/paper/tables/method_classes.ts";
import { paperRuns } from "../../../../bench/paper/runs.ts";

const root = new URL("../../../../", import.meta.url);

Deno.test("methodClasses() reads from graphs which methods of a run see the question or know the answer", async () => {
  const heldOut = await methodClasses(paperRuns.held_out!, root);
  assert.deepEqual([...heldOut], [
    ["full attention", "agnostic"],
    ["truncation", "agnostic"],
    ["StreamingLLM", "agnostic"],
    ["PCW", "agnostic"],
    ["the paper's rule", "aware"],
    ["half windows", "aware"],
    ["merged", "aware"],
    ["default", "aware"],
  ]);
  const baselines = await methodClasses(paperRuns.baselines!, root);
  const of = (wanted: string) =>
    [...baselines].flatMap(([label, one]) => one === wanted ? [label] : []);
  assert.deepEqual(of("oracle"), ["oracle chunk"]);
  assert.deepEqual(of("aware"), [
    ...["default", "merged", "paper", "snapkv"],
    ...["random eviction", "random chunk"],
  ]);
  assert.equal(of("agnostic").length, 12);
});
