import type { Architecture } from "./architecture.ts";
import type { FileNames } from "./file_names.ts";
import { FormatError } from "./format_error.ts";
import type { ModelConfig } from "./model_config.ts";
import type { StoredTensor } from "./tensor_weights.ts";
import { isNorm, roleShape } from "./tensor_role.ts";

/**
 * A file's tensors under their canonical names; merged ones cut by rows, and each with what its values need to be
 * those of the role.
 *
 * @param aside Called with every tensor that has no place in the architecture.
 */
export function tensorsByRole(
  stored: ReadonlyMap<string, StoredTensor>,
  { kind, names, architecture, config, path, aside }: {
    readonly kind: "folder" | "gguf";
    readonly names: FileNames;
    readonly architecture: Architecture;
    readonly config: ModelConfig;
    readonly path: string;
    readonly aside: (fileName: string) => void;
  },
): Map<string, StoredTensor> {
  const { headDim, ropeDim } = config;
  const pairs = kind === "gguf" && architecture.ggufPairs;
  const lessOne = kind === "folder" && architecture.normsLessOne;
  const tensors = new Map<string, StoredTensor>();
  for (const [fileName, tensor] of stored) {
    const found = names.find(fileName);
    if (!found) {
      aside(fileName);
      continue;
    }
    const { prefix, suffix, roles } = found;
    const rows = roles.map((role) => roleShape(role, config)[0]!);
    if (roles.length > 1) checkRows(tensor, rows, fileName, path);
    let at = 0;
    for (const [i, role] of roles.entries()) {
      const part = roles.length > 1 ? rowsOf(tensor, at, rows[i]!) : tensor;
      at += rows[i]!;
      tensors.set(`${prefix}${role}${suffix}`, {
        ...part,
        ...(pairs && (role === "query" || role === "key") &&
          { pairs: { headDim, ropeDim } }),
        ...(lessOne && isNorm(role) && { plus: 1 }),
      });
    }
  }
  // Tied heads are the embedding, even where the file holds a tensor for them.
  if (config.tiedHead) tensors.delete("head.weight");
  return tensors;
}

function checkRows(
  { shape }: StoredTensor,
  rows: readonly number[],
  fileName: string,
  path: string,
): void {
  const sum = rows.reduce((a, b) => a + b);
  if (shape[0] === sum) return;
  throw new FormatError(
    path,
    `tensor "${fileName}" has ${
      shape[0] ?? 0
    } rows; by the configuration it must have ${rows.join(" + ")}`,
  );
}

/** Whole rows of a tensor as a tensor: rows lie one after the other, quantised or not. */
function rowsOf(
  tensor: StoredTensor,
  from: number,
  rows: number,
): StoredTensor {
  const rowBytes = tensor.bytes / tensor.shape[0]!;
  return {
    ...tensor,
    offset: tensor.offset + from * rowBytes,
    bytes: rows * rowBytes,
    shape: [rows, ...tensor.shape.slice(1)],
  };
}
