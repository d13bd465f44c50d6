import { SCALES } from "../../io/config_check.ts";
import type { LayerKind, ModelConfig } from "../../io/model_config.ts";

/** What every layer is where a configuration says nothing. */
const WHOLE: LayerKind = { rope: "model" };

/** What the rows of layer `layer` see, and how it turns them. */
export function layerKind(
  { layerKinds }: Pick<ModelConfig, "layerKinds">,
  layer: number,
): LayerKind {
  return layerKinds?.[layer] ?? WHOLE;
}

/** Whether some layers' rows see the newest entries only. */
export function hasSliding({ layerKinds }: ModelConfig): boolean {
  return layerKinds?.some(({ sliding }) => sliding !== undefined) ?? false;
}

/** Whether rows behind a cache ask where the entries of layer `layer` are. */
export function asksPositions(
  config: Pick<ModelConfig, "layerKinds" | "positionMap">,
  layer: number,
): boolean {
  return config.positionMap !== undefined ||
    layerKind(config, layer).sliding !== undefined;
}

/** Whether some layers turn by `localRope`. */
export function hasLocalRope({ layerKinds }: ModelConfig): boolean {
  return layerKinds?.some(({ rope }) => rope === "local") ?? false;
}

/** The configuration with the RoPE that layers of kind `local` have. */
export function localRopeConfig(config: ModelConfig): ModelConfig {
  const { localRope } = config;
  if (!localRope) {
    throw new TypeError("The model has no layers with a RoPE of their own");
  }
  const { theta, scaling } = localRope;
  return { ...config, ropeTheta: theta, ropeScaling: scaling };
}

/** The configuration with the RoPE of layer `layer`; nothing where it turns nothing (NoPE). */
export function ropeConfigOf(
  config: ModelConfig,
  layer: number,
): ModelConfig | undefined {
  const { rope } = layerKind(config, layer);
  if (rope === "none") return undefined;
  return rope === "local" ? localRopeConfig(config) : config;
}

/** What query times key is multiplied by. */
export function attentionScale(
  { attentionScale, headDim }: Pick<ModelConfig, "attentionScale" | "headDim">,
): number {
  return attentionScale ?? 1 / Math.sqrt(headDim);
}

/** Refuses what no session graph computes: a wrong list of layers, a local RoPE that is not there, caps that are no numbers. */
export function checkKinds(config: ModelConfig): void {
  const { layerKinds = [], layers, localRope } = config;
  if (layerKinds.length > 0 && layerKinds.length !== layers) {
    throw new TypeError(
      `The configuration has kinds for ${layerKinds.length} layers, the model has ${layers}`,
    );
  }
  for (const [l, { sliding, rope }] of layerKinds.entries()) {
    if (sliding !== undefined && !(Number.isInteger(sliding) && sliding > 0)) {
      throw new RangeError(
        `Layer ${l} has a sliding window of '${sliding}', expected a whole number from 1 on`,
      );
    }
    if (rope === "local" && !localRope) {
      throw new TypeError(
        `Layer ${l} has a local RoPE, which the configuration does not give`,
      );
    }
  }
  for (const name of SCALES) {
    const value = config[name];
    if (value !== undefined && !(Number.isFinite(value) && value > 0)) {
      throw new RangeError(
        `The configuration's ${name} is '${value}', expected a number above 0`,
      );
    }
  }
  for (const scaling of [config.ropeScaling, localRope?.scaling]) {
    if (scaling?.type !== "longrope" && scaling?.type !== "factors") continue;
    const lists = scaling.type === "factors"
      ? [scaling.factors]
      : [scaling.short, scaling.long];
    const wrong = lists.find((list) => list.length !== config.ropeDim / 2);
    if (wrong) {
      throw new TypeError(
        `RoPE has ${wrong.length} factors, ${config.ropeDim} dimensions that turn need ${
          config.ropeDim / 2
        }`,
      );
    }
  }
}
