import type { WeightSource } from "../io/weights.ts";
import type { EngineName } from "./protocol.ts";
import type { Provider } from "./provider.ts";

/** What one message to ONNX Runtime may hold is 2 GiB; the graph takes some of it. */
const MESSAGE = 1.9 * 2 ** 30;

/** How ONNX Runtime is called for a model: models too large for one message go through the C interface. */
export function engineOf(
  weights: Pick<WeightSource, "names" | "shape" | "bytes">,
  provider: Provider,
): EngineName {
  if (provider !== "cpu") return provider === "cuda" ? "c" : "npm";
  const bytes = weights.names.reduce((sum, name) => {
    const values = weights.shape(name).reduce((a, b) => a * b, 1);
    const each = weights.bytes(name) / values;
    // Plain numbers are held in fp32; blocks have scales in fp32 and may have minima.
    return sum + values * (each > 1.2 ? 4 : each > 0.65 ? 1.25 : 0.75);
  }, 0);
  return bytes > MESSAGE ? "c" : "npm";
}
