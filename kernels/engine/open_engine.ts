import { CEngine } from "./c_engine.ts";
import { openCudaEngine } from "./cuda_engine.ts";
import type { Engine } from "./engine.ts";
import { NpmEngine } from "./npm_engine.ts";
import { ortFiles } from "./onnxruntime_c/ort_files.ts";
import { OrtLibrary } from "./onnxruntime_c/ort_library.ts";
import type { SessionOptions } from "./protocol.ts";

/** The engine that a session asks for; for workers, since it blocks the thread that it runs on. */
export async function openEngine(
  { provider = "cpu", engine, device }: SessionOptions,
): Promise<Engine> {
  // ONNX Runtime reports usage to its maker and leaves files in TMPDIR unless told not to before it loads.
  Deno.env.set("ORT_DISABLE_TELEMETRY", "1");
  if (provider === "cuda") return await openCudaEngine(device ?? 0);
  if (engine !== "c") return await NpmEngine.open(provider);
  const { library } = await ortFiles();
  return new CEngine(new OrtLibrary(library), {});
}
