import type { PositionMap } from "../../io/position_map.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";

/** Positions by which a row or an entry turns, from where it is. */
type Place = (g: GraphBuilder, at: Value) => Value; // int32, any shape → the same

/** Where a row and an entry are. */
export interface Pair {
  readonly row: Value; // int32, broadcasts with entry
  readonly entry: Value; // int32
}

/** A {@linkcode PositionMap} as graph operators: scores by several places, and which of them counts for a pair. */
export interface MappedScores {
  /** What keys turn by. */
  readonly keys: readonly Place[];
  /** What queries turn by, each for scores of its own with the keys of that index. */
  readonly branches: readonly { readonly query: Place; readonly key: number }[];
  /** For which pairs each branch counts: for one of them at most where the entry is not behind the row, else anything. */
  counts(g: GraphBuilder, at: Pair): readonly Value[]; // branches × bool
}

const same: Place = (_, at) => at;
const int = (g: GraphBuilder, value: number) =>
  g.constant(Int32Array.of(value), []); // []
const fixed = (value: number): Place => (g, at) =>
  g.op("Add", [g.op("Mul", [at, int(g, 0)]), int(g, value)]);
const over = (g: GraphBuilder, at: Value, size: number) =>
  g.op("Div", [at, int(g, size)]);
const within = (size: number): Place => (g, at) =>
  g.op("Mod", [at, int(g, size)]);

/** The operators of a map. */
export function mappedScores(map: PositionMap): MappedScores {
  switch (map.type) {
    case "self-extend": {
      const { group, neighbours } = map;
      const moved = neighbours - Math.floor(neighbours / group);
      return {
        keys: [same, (g, at) => over(g, at, group)],
        branches: [{ query: same, key: 0 }, {
          query: (g, at) => g.op("Add", [over(g, at, group), int(g, moved)]),
          key: 1,
        }],
        counts: (g, at) => {
          const near = nearer(g, at, neighbours);
          return [near, g.op("Not", [near])];
        },
      };
    }
    case "lm-infinite": {
      const { sinks, reach } = map;
      return {
        keys: [same, fixed(0)],
        branches: [{ query: same, key: 0 }, { query: fixed(reach), key: 1 }],
        counts: (g, at) => {
          const near = nearer(g, at, reach);
          const first = g.op("Less", [at.entry, int(g, sinks)]);
          return [near, g.op("And", [g.op("Not", [near]), first])];
        },
      };
    }
    case "dual-chunk": {
      const { chunk, limit } = map;
      const next: Place = (g, at) => {
        const place = g.op("Add", [within(chunk)(g, at), int(g, chunk)]);
        return g.op("Min", [place, int(g, limit)]);
      };
      return {
        keys: [within(chunk)],
        branches: [within(chunk), next, fixed(limit)]
          .map((query) => ({ query, key: 0 })),
        counts: (g, { row, entry }) => {
          const apart = g.op("Sub", [
            over(g, row, chunk),
            over(g, entry, chunk),
          ]);
          const [zero, one] = [int(g, 0), int(g, 1)];
          return [
            g.op("Equal", [apart, zero]),
            g.op("Equal", [apart, one]),
            g.op("Greater", [apart, one]),
          ];
        },
      };
    }
  }
}

/** Whether an entry is less than `distance` positions before a row. */
function nearer(
  g: GraphBuilder,
  { row, entry }: Pair,
  distance: number,
): Value {
  return g.op("Less", [g.op("Sub", [row, entry]), int(g, distance)]);
}

/** Rows that a table of RoPE must have for `positions` positions: those that queries and keys turn by. */
export function mappedTable(map: PositionMap, positions: number): number {
  switch (map.type) {
    case "self-extend":
      return Math.max(
        positions,
        Math.ceil(positions / map.group) + map.neighbours,
      );
    case "lm-infinite":
      return Math.max(positions, map.reach + 1);
    case "dual-chunk":
      return Math.max(map.limit, map.chunk) + 1;
  }
}
