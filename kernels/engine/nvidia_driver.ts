/** The driver's library, which comes with it and not with CUDA. */
const LIBRARIES: Partial<Record<typeof Deno.build.os, string>> = {
  linux: "libcuda.so.1",
  windows: "nvcuda.dll",
};

const symbols = {
  cuInit: { parameters: ["u32"], result: "i32" },
  cuDriverGetVersion: { parameters: ["buffer"], result: "i32" },
  cuDeviceGetCount: { parameters: ["buffer"], result: "i32" },
  cuDeviceGet: { parameters: ["buffer", "i32"], result: "i32" },
  cuDeviceGetName: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  cuDeviceTotalMem_v2: { parameters: ["buffer", "i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** A graphics card that CUDA can compute on. */
export interface CudaDevice {
  readonly name: string;
  /** Bytes of its memory. */
  readonly memory: number;
}

/** What NVIDIA's driver says. */
export interface NvidiaDriver {
  /** Newest version of CUDA that it runs: `13.0`. */
  readonly cuda: string;
  readonly devices: readonly CudaDevice[];
}

/** The name of NVIDIA's driver library where it cannot be opened; `undefined` where it can. */
export function missingNvidiaDriver(): string | undefined {
  const library = driverLibrary();
  try {
    Deno.dlopen(library, {}).close();
    return undefined;
  } catch {
    return library;
  }
}

/**
 * Asks NVIDIA's driver what there is.
 *
 * @throws {Error} If there is no driver, or it does not answer.
 */
export function nvidiaDriver(): NvidiaDriver {
  using library = opened();
  const { symbols: cu } = library;
  const number = (ask: (out: BufferSource) => number): number => {
    const out = new BigInt64Array(1); // some write 4 bytes, some 8
    const code = ask(out);
    if (code !== 0) {
      throw new Error(`NVIDIA's driver answers with error ${code}`);
    }
    return Number(out[0]);
  };
  const code = cu.cuInit(0);
  if (code !== 0) throw new Error(`NVIDIA's driver answers with error ${code}`);
  const version = number((out) => cu.cuDriverGetVersion(out));
  const count = number((out) => cu.cuDeviceGetCount(out));
  const devices = Array.from({ length: count }, (_, i): CudaDevice => {
    const device = number((out) => cu.cuDeviceGet(out, i));
    const name = new Uint8Array(new ArrayBuffer(256));
    cu.cuDeviceGetName(name, name.length, device);
    return {
      name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
      memory: number((out) => cu.cuDeviceTotalMem_v2(out, device)),
    };
  });
  const cuda = `${Math.floor(version / 1000)}.${version % 1000 / 10}`;
  return { cuda, devices };
}

function opened() {
  const library = Deno.dlopen(driverLibrary(), symbols);
  return {
    symbols: library.symbols,
    [Symbol.dispose]: () => library.close(),
  };
}

function driverLibrary(): string {
  return LIBRARIES[Deno.build.os] ?? "libcuda";
}
