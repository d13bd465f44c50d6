import { mayHaveVulkanDriver } from "../../io/vulkan_drivers.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { missingNvidiaDriver } from "../engine/nvidia_driver.ts";
import type { Provider } from "./provider.ts";
import { SessionWorker } from "../engine/session_worker.ts";

/**
 * What is missing where nothing can be computed with a provider here, and what would work; `undefined` where it can.
 * Opens a session and computes with it, unless what it would need is plainly not there.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { whyNoProvider } from "parallelcomp";
 *
 * assert.equal(await whyNoProvider("cpu"), undefined);
 * ```
 */
export async function whyNoProvider(
  provider: Provider,
): Promise<string | undefined> {
  const missing = plainlyMissing[provider]();
  if (missing) return missing;
  try {
    await compute(provider);
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return `${lead[provider]} (${reason(error)}); ${remedy[provider]}`;
  }
}

const lead: Readonly<Record<Provider, string>> = {
  cpu: "ONNX Runtime cannot be opened",
  webgpu: "WebGPU cannot be opened",
  cuda: "CUDA cannot be opened",
};

const remedy: Readonly<Record<Provider, string>> = {
  cpu: "see whether the npm package onnxruntime-node has this platform",
  webgpu:
    "install the graphics card's driver (on Linux also Vulkan's loader, libvulkan1), or take provider: cpu",
  cuda:
    "install ONNX Runtime's CUDA provider and the CUDA libraries of its version, or take provider: cpu",
};

/** What can be seen without ONNX Runtime, which would write lines of its own to standard error. */
const plainlyMissing: Readonly<Record<Provider, () => string | undefined>> = {
  cpu: () => undefined,
  webgpu: () =>
    mayHaveVulkanDriver()
      ? undefined
      : `${lead.webgpu} (no Vulkan driver is installed); ${remedy.webgpu}`,
  cuda: () => {
    const library = missingNvidiaDriver();
    return library &&
      `${lead.cuda} (no NVIDIA driver: ${library} is missing); install it, or take provider: cpu`;
  },
};

/** Opens a session in a worker of its own and adds two numbers. */
async function compute(provider: Provider): Promise<void> {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["n"]); // [n]
  g.output("sum", g.op("Add", [x, x]), "float32", ["n"]); // [n]
  using worker = new SessionWorker();
  const session = "sum";
  const options = { threads: 1, provider };
  await worker.send({ kind: "open", session, model: g.build(), options });
  const data = Float32Array.of(21); // [1]
  const { sum } = await worker.send({
    kind: "run",
    session,
    feeds: { x: { type: "float32", data, dims: [1] } },
    fetch: ["sum"],
    copies: [],
    store: {},
  });
  await worker.send({ kind: "close", session });
  if (sum?.data[0] !== 42) throw new Error(`21 + 21 gave ${sum?.data[0]}`);
}

/** The end of ONNX Runtime's message: what comes before says where in its code. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split(/ was false\. | : FAIL : /).at(-1)!.trim();
}
