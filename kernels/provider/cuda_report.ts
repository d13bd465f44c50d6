import { dirname } from "node:path";
import { findCudaFiles } from "../../io/cuda_files.ts";
import { type CudaDevice, nvidiaDriver } from "../engine/nvidia_driver.ts";
import { ortFiles } from "../engine/onnxruntime_c/ort_files.ts";

/** What of CUDA is on this machine. */
export interface CudaReport {
  /** Version of ONNX Runtime, and so of the provider that is needed. */
  readonly version: string;
  /** Newest version of CUDA that the driver runs, and its devices; absent without a driver. */
  readonly driver?: {
    readonly cuda: string;
    readonly devices: readonly CudaDevice[];
  };
  /** Folder of ONNX Runtime's CUDA provider; absent where it was not found. */
  readonly provider?: string;
  /** CUDA's libraries in Python packages; others are left to the system's loader. */
  readonly libraries: readonly string[];
}

/**
 * Looks for the driver, ONNX Runtime's CUDA provider and CUDA's libraries; opens nothing but the driver.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { cudaReport } from "parallelcomp";
 *
 * const { version, driver } = await cudaReport();
 * assert.match(version, /^1\./);
 * assert(driver === undefined || driver.devices.length > 0);
 * ```
 */
export async function cudaReport(): Promise<CudaReport> {
  const { library, version } = await ortFiles();
  const { provider, found } = await findCudaFiles(dirname(library));
  return {
    version,
    ...driver(),
    ...(provider !== undefined && { provider }),
    libraries: found,
  };
}

function driver(): Pick<CudaReport, "driver"> {
  try {
    return { driver: nvidiaDriver() };
  } catch {
    return {}; // why is what opening a session says
  }
}
