/** One change of a graph as written. */
export type Edit =
  | { readonly kind: "param"; readonly name: string; readonly value: unknown }
  | { readonly kind: "stage"; readonly node: string; readonly stage: string }
  | {
    readonly kind: "option";
    readonly node: string;
    /** Option, then keys inside it. */
    readonly path: readonly string[];
    readonly value: unknown;
  }
  | { readonly kind: "inputs"; readonly node: string; readonly value: unknown };

/** One value of something that varies. */
export interface Choice {
  /** For people: `evicted=evict.knorm`. */
  readonly label: string;
  /** For rows: what was varied, and the value. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly edits: readonly Edit[];
  /** Another graph than the sweep's. */
  readonly graph?: string;
}

/** Something that varies, with its values. */
export type Axis = readonly Choice[];

/** One choice of every axis. */
export type Variation = Choice;

/** The cartesian product of all axes, the last one fastest; without axes the graph as it is. */
export function variationsOf(axes: readonly Axis[]): Variation[] {
  if (axes.length === 0) {
    return [{ label: "as it is", values: {}, edits: [] }];
  }
  return axes.reduce<Choice[]>(
    (before, axis) =>
      before.flatMap((one) => axis.map((next) => join(one, next))),
    [{ label: "", values: {}, edits: [] }],
  );
}

function join(a: Choice, b: Choice): Choice {
  const graph = b.graph ?? a.graph;
  return {
    label: a.label === "" ? b.label : `${a.label}, ${b.label}`,
    values: { ...a.values, ...b.values },
    edits: [...a.edits, ...b.edits],
    ...(graph !== undefined && { graph }),
  };
}
