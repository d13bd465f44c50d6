import type { GraphBuilder, Op, Value } from "./builder.ts";

/**
 * Makes one operator of every sum that is normed: of a residual and what is added to it. ONNX Runtime does so itself
 * only where nothing else reads the sum, and the next residual does.
 */
export function fuseResiduals(g: GraphBuilder): void {
  const norms = new Map<string, Op>(); // by the name of what is normed
  g.rewrite((op) => {
    if (op.type === "SimplifiedLayerNormalization") {
      norms.set(op.inputs[0]!.name, op);
    }
    return undefined;
  });
  const normed = new Map<string, Value>();
  g.rewrite((op) => {
    const [sum] = op.outputs;
    const norm = op.type === "Add" ? norms.get(sum!.name) : undefined;
    // Rows plus rows, and not rows plus a bias.
    if (norm && op.inputs.every((x) => (g.rank(x!) ?? 3) === 3)) {
      const [y, , , added] = g.ops("SkipSimplifiedLayerNormalization", 4, [
        ...op.inputs, // 2 × [batch, rows, hidden]
        norm.inputs[1], // [hidden]
      ], { epsilon: norm.attributes.epsilon! });
      normed.set(sum!.name, y!);
      return [added!];
    }
    const ready = normed.get(op.inputs[0]?.name ?? "");
    return op.type === "SimplifiedLayerNormalization" && ready
      ? [ready]
      : undefined;
  });
}
