import type { Engine } from "./engine.ts";
import { NpmEngine } from "./npm_engine.ts";
import type { Provider } from "./provider.ts";

/** The engine that computes with a provider; for workers, since it blocks the thread that it runs on. */
export async function openEngine(provider: Provider): Promise<Engine> {
  return await NpmEngine.open(provider);
}
