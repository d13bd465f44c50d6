import type { GraphBuilder, Value } from "./builder.ts";

/** Rows of a tile at most: what lies between two products over them stays in the cache. */
export const TILE_ROWS = 1024;

/**
 * Computes what every row of a chunk gives by itself tile by tile, with the rows of all batch items one after another:
 * numbers in between fit into the cache, and take little memory.
 */
export function byTiles(
  g: GraphBuilder,
  inputs: readonly { readonly rows: Value; readonly width: number }[], // each [batch, rows, width]
  width: number,
  write: (body: GraphBuilder, tiles: readonly Value[]) => Value, // of [1, size, width] each
): Value {
  const shape = g.op("Shape", [inputs[0]!.rows], { start: 0, end: 2 }); // [2]
  const total = g.op("ReduceProd", [shape], { keepdims: 1 }); // [1]
  const dividedUp = (a: Value, b: Value) =>
    g.op("Div", [g.op("Sub", [g.op("Add", [a, b]), g.ints(1)]), b]); // [1]
  const tiles = dividedUp(total, g.ints(TILE_ROWS)); // [1]
  const size = dividedUp(total, tiles); // [1]
  const missing = g.op("Sub", [g.op("Mul", [tiles, size]), total]); // [1]
  const join = (...parts: Value[]) => g.op("Concat", parts, { axis: 0 });
  const pads = join(g.ints(0, 0), missing, g.ints(0)); // [4]
  const body = g.body();
  const parts = inputs.map(({ width }, i) =>
    body.input(`tile_${i}`, "float32", [1, "size", width]) // [1, size, width]
  );
  body.output("tile", write(body, parts), "float32", [1, "size", width]);
  const cut = inputs.map(({ rows, width }) => {
    const flat = g.op("Reshape", [rows, g.ints(-1, width)]); // [batch · rows, width]
    const padded = g.op("Pad", [flat, pads]); // [tiles · size, width]
    return g.op("Reshape", [
      padded,
      join(tiles, g.ints(1), size, g.ints(width)),
    ]); // [tiles, 1, size, width]
  });
  const all = g.op("Scan", cut, { body, num_scan_inputs: cut.length }); // [tiles, 1, size, width]
  const flat = g.op("Slice", [
    g.op("Reshape", [all, g.ints(-1, width)]), // [tiles · size, width]
    g.ints(0),
    total,
    g.ints(0),
  ]); // [batch · rows, width]
  return g.op("Reshape", [flat, join(shape, g.ints(width))]); // [batch, rows, width]
}
