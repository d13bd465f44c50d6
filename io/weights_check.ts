import type { Architecture } from "./architecture.ts";
import { FormatError } from "./format_error.ts";
import type { ModelConfig } from "./model_config.ts";
import { type LayerRole, type OuterRole, roleShape } from "./tensor_role.ts";
import type { WeightSource } from "./weights.ts";

/** Projections that have a bias where `attentionBias` says so; that of `output` may be missing. */
const ATTENTION: readonly string[] = ["query", "key", "value"];
const MLP: readonly string[] = ["gate", "up", "down"];

/**
 * Checks that every tensor that the architecture needs is there, in its shape.
 *
 * @param inFile The file's name of a tensor.
 * @throws {FormatError} That names the first tensor that is not.
 */
export function checkWeights(
  weights: WeightSource,
  config: ModelConfig,
  { architecture, inFile, path }: {
    readonly architecture: Architecture;
    readonly inFile: (name: string) => string;
    readonly path: string;
  },
): void {
  const expect = (name: string, shape: readonly number[]) => {
    if (!weights.has(name)) {
      throw new FormatError(
        path,
        `tensor "${
          inFile(name)
        }" is missing; the model is incomplete, so fetch it again`,
      );
    }
    const found = weights.shape(name);
    if (found.join() !== shape.join()) {
      throw new FormatError(
        path,
        `tensor "${
          inFile(name)
        }" has the shape [${found}]; by the configuration it must be [${shape}]`,
      );
    }
  };
  const weight = (
    prefix: string,
    role: LayerRole | OuterRole,
    bias = false,
  ) => {
    const shape = roleShape(role, config, architecture.wholeRowNorms);
    expect(`${prefix}${role}.weight`, shape);
    if (bias || weights.has(`${prefix}${role}.bias`)) {
      expect(`${prefix}${role}.bias`, [shape[0]!]);
    }
  };
  weight("", "embedding");
  const roles = Object.values(architecture.hfNames).flat();
  for (let layer = 0; layer < config.layers; layer++) {
    for (const role of roles) {
      const bias = config.attentionBias && ATTENTION.includes(role) ||
        config.mlpBias && MLP.includes(role);
      weight(`layers.${layer}.`, role, bias);
    }
  }
  weight("", "norm");
  if (!config.tiedHead) weight("", "head");
}
