import type { ModelFile } from "../../io/model_file.ts";
import { openModel } from "../../io/open_model.ts";
import type { WeightSource } from "../../io/weights.ts";
import {
  formatBytes,
  heldBytes,
  type ModelConfig,
  type SessionWeights,
  sessionWeights,
} from "../../mod.ts";
import { checkExport } from "./check_export.ts";
import { ExitCode } from "../terminal/exit_code.ts";
import { fails, type Finding, finding } from "./finding.ts";

/** Everything that can be said of a model without computing with it; one finding where it cannot be opened. */
export async function checkModel(path: string): Promise<Finding[]> {
  try {
    await using file = await openModel(path);
    const { architecture, layers, hidden, window } = file.config;
    const { config, found } = checkExport(file);
    return [
      finding(
        "model file",
        `${path}: ${architecture}, ${layers} layers of ${hidden}, window ${window}, ${
          formatBytes(file.bytes)
        }`,
      ),
      finding("attention", describeAttention(config)),
      ...found,
      finding("weights", describeWeights(file.weights)),
      finding("memory", describeMemory(file, config)),
    ];
  } catch (error) {
    return [fails("model file", error, ExitCode.model)];
  }
}

function describeAttention(config: ModelConfig): string {
  const { heads, kvHeads, headDim, window, layerKinds = [], layers } = config;
  const widths = layerKinds.flatMap(({ sliding }) => sliding ?? []);
  const still = layerKinds.filter(({ rope }) => rope === "none").length;
  const says = [
    `${heads} heads and ${kvHeads} KV heads of ${headDim}`,
    `window ${window}`,
  ];
  if (widths.length > 0) {
    says.push(
      `${widths.length} of ${layers} layers slide over ${
        [...new Set(widths)].join(" and ")
      } entries`,
    );
  }
  if (still > 0) says.push(`${still} of ${layers} layers do not rotate`);
  if (config.ropeScaling.type !== "none") {
    says.push(`RoPE scaled by ${config.ropeScaling.type}`);
  }
  if (config.scoreCap !== undefined) {
    says.push(`scores capped at ${config.scoreCap}`);
  }
  return says.join(", ");
}

/** How many tensors are written how, those with the most bytes first. */
function describeWeights(weights: WeightSource): string {
  const kinds = new Map<string, { tensors: number; bytes: number }>();
  for (const name of weights.names) {
    const format = weights.format?.(name) ?? "unknown";
    const { tensors, bytes } = kinds.get(format) ?? { tensors: 0, bytes: 0 };
    const size = bytes + weights.bytes(name);
    kinds.set(format, { tensors: tensors + 1, bytes: size });
  }
  return [...kinds].sort(([, a], [, b]) => b.bytes - a.bytes)
    .map(([format, { tensors, bytes }]) =>
      `${format}: ${tensors} ${tensors === 1 ? "tensor" : "tensors"}, ${
        formatBytes(bytes)
      }`
    ).join("; ");
}

function describeMemory(file: ModelFile, config: ModelConfig): string {
  const held: SessionWeights = sessionWeights(file.weights, config, "exact");
  const host = held.embedding > 0
    ? `, ${formatBytes(held.embedding)} of embeddings beside them`
    : "";
  return `KV ${formatBytes(heldBytes(config, 1))} an entry, ${
    formatBytes(heldBytes(config, config.window))
  } a full window; weights ${
    formatBytes(held.prefill.open)
  } in a prefill session and ${
    formatBytes(held.decode.open)
  } in the one that decodes${host}; plan predicts a whole run`;
}
