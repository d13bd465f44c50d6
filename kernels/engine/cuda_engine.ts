import { dirname, join } from "node:path";
import { cacheFolder } from "../../io/cache_folder.ts";
import {
  type CudaFiles,
  findCudaFiles,
  joinProvider,
  PROVIDER_VARIABLE,
} from "../../io/cuda_files.ts";
import { CEngine } from "./c_engine.ts";
import { nvidiaDriver } from "./nvidia_driver.ts";
import { ortFiles } from "./onnxruntime_c/ort_files.ts";
import { OrtLibrary } from "./onnxruntime_c/ort_library.ts";

/**
 * An engine over ONNX Runtime's CUDA provider, on the device of this number; where there are fewer they take turns.
 *
 * @throws {Error} If a part is missing; the message says which, and what to install.
 */
export async function openCudaEngine(number: number): Promise<CEngine> {
  const { library, version } = await ortFiles();
  const files = await findCudaFiles(dirname(library));
  if (!files.provider) throw new Error(missingProvider(version));
  const missing = openLibraries(files);
  if (missing.length > 0) {
    throw new Error(
      `${
        missing.join(", ")
      } cannot be opened; install CUDA 13 and cuDNN 9, or by pip: nvidia-cuda-runtime nvidia-cublas nvidia-curand nvidia-cufft nvidia-cudnn-cu13`,
    );
  }
  const folder = join(cacheFolder(), `onnxruntime-${version}-cuda`);
  const joined = await joinProvider(library, files.provider, folder);
  keepWorkspacesSmall();
  const device = number % Math.max(nvidiaDriver().devices.length, 1);
  return new CEngine(new OrtLibrary(joined), { device });
}

/**
 * Tells cuBLAS how much memory to take for every handle, of which a session has two, unless somebody else has: 8 MiB in
 * place of 64, which nothing here was seen to need.
 */
function keepWorkspacesSmall(): void {
  const name = "CUBLAS_WORKSPACE_CONFIG";
  if (!Deno.env.get(name)) Deno.env.set(name, ":4096:2");
}

/** What to do where ONNX Runtime's CUDA provider is nowhere to be found. */
export function missingProvider(version: string): string {
  return `ONNX Runtime's CUDA provider is missing: pip install onnxruntime-gpu==${version}, or name the folder of libonnxruntime_providers_cuda.so in ${PROVIDER_VARIABLE}`;
}

/** Opens CUDA's libraries, which the provider then finds by their names; returns those that cannot be opened. */
export function openLibraries({ found, elsewhere }: CudaFiles): string[] {
  return [...found, ...elsewhere].filter((library) => {
    try {
      Deno.dlopen(library, {}); // stays open
      return false;
    } catch {
      return true;
    }
  });
}
