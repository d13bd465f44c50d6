import assert from "node:assert/strict";
import { collectEdit } from "../../../cli/experiment/edit_path.ts";
import { readSettings } from "../../../cli/experiment/settings_file.ts";
import { variationsOf } from "../../../cli/experiment/variation.ts";
import { collectVary } from "../../../cli/experiment/vary_option.ts";
import { withFolder, writeFile } from "../documents.ts";

Deno.test("variationsOf() is the cartesian product, the last axis fastest", () => {
  const vary = collectVary(
    "params.keep=1,all",
    collectVary("nodes.evict.stage=evict.a,evict.b"),
  );
  const variations = variationsOf([...vary.values()]);
  assert.deepEqual(variations.map(({ label }) => label), [
    "evict=evict.a, keep=1",
    "evict=evict.a, keep=all",
    "evict=evict.b, keep=1",
    "evict=evict.b, keep=all",
  ]);
  assert.deepEqual(variations[1], {
    label: "evict=evict.a, keep=all",
    values: { "nodes.evict.stage": "evict.a", "params.keep": "all" },
    edits: [
      { kind: "stage", node: "evict", stage: "evict.a" },
      { kind: "param", name: "keep", value: "all" },
    ],
  });
  const [whole, ...others] = variationsOf([]);
  assert.deepEqual([whole!.edits, others], [[], []]);
});

Deno.test("collectVary() reads YAML values, also those with commas inside", () => {
  const [[path, axis]] = collectVary(
    'nodes.e.with.keep.entries=3, [1, 2], {a: 1, b: 2}, "a,b"',
  ) as unknown as [[string, { values: Record<string, unknown> }[]]];
  assert.deepEqual(axis.map(({ values }) => values[path]), [
    3,
    [1, 2],
    { a: 1, b: 2 },
    "a,b",
  ]);
});

Deno.test("collectVary() refuses what is no path, no value or there twice", () => {
  const cases: Record<string, RegExp> = {
    "keep=1": /Write params.NAME=…/,
    "params.keep": /Write params.NAME=…/,
    "params.a.b=1": /Write params.NAME=…/,
    "nodes.e.in=x": /Write params.NAME=…/,
    "nodes.e.with=x": /Write params.NAME=…/,
    "params.keep=": /at least one value/,
    "params.keep=[1": /is no list of YAML/,
    "params.keep=1,2,1": /has a value twice/,
    "nodes.e.stage=1": /'1' is no name of a stage/,
  };
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(() => collectVary(text), { message }, text);
  }
  const before = collectVary("params.keep=1");
  assert.throws(() => collectVary("params.keep=2", before), /varies already/);
});

Deno.test("collectEdit() takes a parameter's name or a path", () => {
  assert.deepEqual(
    collectEdit("nodes.e.with.rows=8", collectEdit("keep=[1, 2]")),
    [
      { kind: "param", name: "keep", value: [1, 2] },
      { kind: "option", node: "e", path: ["rows"], value: 8 },
    ],
  );
  assert.throws(() => collectEdit("nodes.e=8"), /Write name=value/);
});

Deno.test("readSettings() reads named settings, and says what is wrong with them", async () => {
  await withFolder(async (folder) => {
    const read = async (text: string) =>
      await readSettings(await writeFile(folder, "s.yaml", text));
    const axis = await read(`
- name: snap
  params: { keepEntries: 64 }
  nodes: { evicted: { stage: evict.attention, with: { rows: 8, pool: 7 } } }
- { name: paper, graph: paper }
`);
    assert.deepEqual(axis, [
      {
        label: "snap",
        values: { setting: "snap" },
        edits: [
          { kind: "param", name: "keepEntries", value: 64 },
          { kind: "stage", node: "evicted", stage: "evict.attention" },
          { kind: "option", node: "evicted", path: ["rows"], value: 8 },
          { kind: "option", node: "evicted", path: ["pool"], value: 7 },
        ],
      },
      {
        label: "paper",
        values: { setting: "paper" },
        edits: [],
        graph: "paper",
      },
    ]);
    const wrong: Record<string, RegExp> = {
      "- {nam: a}": /s.yaml' as --vary-file: 0\.name: .*write a list of/,
      "- {name: a, parms: {}}": /Unrecognized key: "parms"/,
      "- {name: a}\n- {name: a}": /two settings are named 'a'/,
      "[": /as --vary-file: Flow sequence/,
      "[]": /write a list of/,
    };
    for (const [text, message] of Object.entries(wrong)) {
      await assert.rejects(read(text), { message, code: 2 }, text);
    }
  });
});
