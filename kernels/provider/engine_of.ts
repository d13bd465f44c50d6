import type { EngineName } from "../engine/protocol.ts";
import type { Provider } from "./provider.ts";

/**
 * How ONNX Runtime is called for a model: through its C interface, where outputs can be written over inputs and large
 * models be opened; through the npm package where that interface is not opened, and for WebGPU.
 */
export function engineOf(
  provider: Provider,
  os: typeof Deno.build.os = Deno.build.os,
): EngineName {
  if (provider === "cuda") return "c";
  return provider === "cpu" && os === "linux" ? "c" : "npm";
}
