/** The driver's library, which comes with it and not with CUDA. */
const LIBRARIES: Partial<Record<typeof Deno.build.os, string>> = {
  linux: "libcuda.so.1",
  windows: "nvcuda.dll",
};

/** The name of NVIDIA's driver library where it cannot be opened; `undefined` where it can. */
export function missingNvidiaDriver(): string | undefined {
  const library = LIBRARIES[Deno.build.os] ?? "libcuda";
  try {
    Deno.dlopen(library, {}).close();
    return undefined;
  } catch {
    return library;
  }
}
