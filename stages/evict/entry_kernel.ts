import type { GraphBuilder, Value } from "../../kernels/onnx/builder.ts";
import type { EntryKernelInput } from "../../kernels/eviction/eviction.ts";

/**
 * A rule as an ONNX fragment: what its `score` does to one layer, written into a session graph for a batch of chunks
 * at once. Gives scores of shape [batch, kvHeads, rows], or with 1 in place of batch or kvHeads. Padding, infinite
 * scores, protection, sharing and the choice of the best are not its business; sums over entries must leave out
 * what is not `real`.
 */
export type EntryKernel<O> = (
  g: GraphBuilder,
  input: EntryKernelInput,
  options: O,
) => Value; // [batch, kvHeads, rows]
