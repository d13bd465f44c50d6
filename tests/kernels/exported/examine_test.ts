import assert from "node:assert/strict";
import { openByteSource } from "../../../io/files/byte_source.ts";
import { readExported } from "../../../io/exported/exported_decoder.ts";
import { GraphBuilder, type Value } from "../../../kernels/onnx/builder.ts";
import {
  type Examined,
  examineExported,
} from "../../../kernels/exported/examine.ts";

/** A layer of an export in its barest form; `between` stands between scores and softmax. */
interface Bare {
  readonly between?: (g: GraphBuilder, scores: Value) => Value;
  readonly grow?: (g: GraphBuilder, past: Value, rows: Value) => Value;
  /** Turns rows, or not at all. */
  readonly turn?: (g: GraphBuilder, rows: Value) => Value;
  /** Stands before the logits. */
  readonly behind?: (g: GraphBuilder, logits: Value) => Value;
}

async function examined(bare: Bare): Promise<Examined> {
  const g = new GraphBuilder();
  const ids = g.input("input_ids", "int64", ["batch", "rows"]); // [batch, rows]
  const table = g.constant(new Float32Array(8 * 16), [8, 16]); // [vocab, hidden]
  const x = g.op("Gather", [table, ids]); // [batch, rows, hidden]
  const turned = bare.turn?.(g, x) ?? x; // [batch, rows, hidden]
  const rows = g.op("Unsqueeze", [turned, g.ints(1)]); // [batch, 1, rows, hidden]
  const grow = bare.grow ??
    ((g, past, rows) => g.op("Concat", [past, rows], { axis: -2 }));
  const cache = (kind: string) => {
    const past = g.input(`past_key_values.0.${kind}`, "float32", [
      "batch",
      1,
      "past",
      16,
    ]);
    const present = grow(g, past, rows); // [batch, 1, past + rows, hidden]
    g.output(`present.0.${kind}`, present, "float32", ["batch", 1, "all", 16]);
    return present;
  };
  const keys = g.op("Transpose", [cache("key")], { perm: [0, 1, 3, 2] }); // [batch, 1, hidden, past + rows]
  const scores = g.op("MatMul", [rows, keys]); // [batch, 1, rows, past + rows]
  const seen = bare.between?.(g, scores) ?? scores;
  const soft = g.op("Softmax", [seen], { axis: -1 }); // [batch, 1, rows, past + rows]
  const attended = g.op("MatMul", [soft, cache("value")]); // [batch, 1, rows, hidden]
  const logits = bare.behind?.(g, attended) ?? attended;
  g.output("logits", logits, "float32", ["batch", 1, "rows", 16]);
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  try {
    await Deno.writeFile(path, g.build());
    await using source = await openByteSource(path);
    return examineExported(await readExported(source));
  } finally {
    await Deno.remove(path);
  }
}

const float = (g: GraphBuilder, value: number) =>
  g.constant(Float32Array.of(value), []); // []

/** Rows that know their positions. */
const placed = (g: GraphBuilder, rows: Value) => {
  const positions = g.input("position_ids", "int64", ["batch", "rows"]);
  const turn = g.op("Cast", [g.op("Unsqueeze", [positions, g.ints(2)])], {
    to: 1,
  });
  return g.op("Add", [rows, turn]);
};

Deno.test("examineExported() finds scale, mask and cap of attention that is written out", async () => {
  const { sites, positions, problems } = await examined({
    turn: placed,
    between: (g, scores) => {
      const part = g.op("Mul", [scores, float(g, 0.125)]);
      const soft = g.op("Tanh", [g.op("Div", [part, float(g, 30)])]);
      const capped = g.op("Mul", [float(g, 30), soft]);
      return g.op("Add", [capped, float(g, 0)]);
    },
  });
  assert.deepEqual(problems, []);
  assert.equal(positions, "position_ids");
  assert.equal(sites[0]!.form, "heads");
  assert.equal(sites[0]!.scoreCap, 30);
  assert(Math.abs(sites[0]!.scale! - 0.125) < 1e-6);
});

Deno.test("examineExported() names what stands where it should not", async () => {
  const { whole, problems } = await examined({
    turn: placed,
    between: (g, scores) => g.op("Sqrt", [scores]),
  });
  assert.deepEqual(problems, []);
  assert.match(
    whole!,
    /^its attention cannot be read, in layer 0: Sqrt stands between its scores and the product with the values; export it with Optimum/,
  );
});

Deno.test("examineExported() names what a cache is read by that is not understood", async () => {
  const { whole } = await examined({
    turn: placed,
    grow: (g, past, rows) => g.op("Max", [past, rows]),
  });
  assert.match(
    whole!,
    /in layer 0: "past_key_values\.0\.key" is read by Max; Concat and GroupQueryAttention are understood/,
  );
});

Deno.test("examineExported() refuses attention that is not understood where positions follow from the cache's length", async () => {
  const { whole, problems } = await examined({
    between: (g, scores) => g.op("Sqrt", [scores]),
  });
  assert.equal(whole, undefined);
  assert.match(
    problems[0]!,
    /Sqrt stands between .*, for it has no position_ids input either: positions follow from the cache's length, so a question cannot stand at position N over a merged cache$/,
  );
});

Deno.test("examineExported() refuses a graph that says no positions outside attention", async () => {
  const { problems, positions } = await examined({});
  assert.equal(positions, "nothing");
  assert.match(problems[0]!, /it has no position_ids input/);
});

Deno.test("examineExported() lets positions come from the length of the cache or of its mask", async () => {
  const ofCache = await examined({
    grow: (g, past, rows) => {
      const length = g.op("Cast", [g.op("Shape", [past])], { to: 1 });
      const turned = g.op("Add", [
        rows,
        g.op("Slice", [length, g.ints(2), g.ints(3)]),
      ]);
      return g.op("Concat", [past, turned], { axis: 2 });
    },
  });
  assert.deepEqual(ofCache.problems, []);
  assert.equal(ofCache.positions, "cache length");
  const ofMask = await examined({
    turn: (g, rows) => {
      const mask = g.input("attention_mask", "int64", ["batch", "all"]);
      const sum = g.op("ReduceSum", [mask, g.ints(1)]);
      return g.op("Add", [
        rows,
        g.op("Cast", [g.op("Unsqueeze", [sum, g.ints(2)])], { to: 1 }),
      ]);
    },
  });
  assert.deepEqual(ofMask.problems, []);
  assert.equal(ofMask.positions, "cache length");
});

Deno.test("examineExported() refuses a graph that reads the cache's numbers outside attention", async () => {
  const { problems } = await examined({
    turn: placed,
    behind: (g, logits) =>
      g.op("Add", [
        logits,
        g.op("ReduceSum", [{ name: "past_key_values.0.key" }]),
      ]),
  });
  assert.match(
    problems[0]!,
    /^beside attention it still needs past_key_values\.0\.key \(read by ReduceSum_\d+\), which a chunk's cache cannot give/,
  );
});
