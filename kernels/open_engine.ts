import type { Engine } from "./engine.ts";
import { openCudaEngine } from "./cuda_engine.ts";
import { NpmEngine } from "./npm_engine.ts";
import type { SessionOptions } from "./protocol.ts";

/** The engine that computes with a provider; for workers, since it blocks the thread that it runs on. */
export async function openEngine(
  { provider = "cpu", device }: SessionOptions,
): Promise<Engine> {
  return provider === "cuda"
    ? await openCudaEngine(device ?? 0)
    : await NpmEngine.open(provider);
}
