import { dirname, join } from "node:path";

/** Libraries that ONNX Runtime's CUDA provider of version 1.30 needs (CUDA 13), in the order in which they need one another. */
const CUDA_LIBRARIES = [
  "libcudart.so.13",
  "libcublasLt.so.13",
  "libcublas.so.13",
  "libcurand.so.10",
  "libcufft.so.12",
  "libcudnn.so.9",
] as const;

/** The provider's own libraries. */
export const PROVIDER_LIBRARIES = [
  "libonnxruntime_providers_shared.so",
  "libonnxruntime_providers_cuda.so",
] as const;

/** Variable that names a folder with the provider's libraries. */
export const PROVIDER_VARIABLE = "PARALLELCOMP_CUDA_PROVIDER";

/** Where the files for CUDA were found. */
export interface CudaFiles {
  /** Folder of {@linkcode PROVIDER_LIBRARIES}; absent where they were not found. */
  readonly provider?: string;
  /** Full paths of CUDA's libraries that lie in a Python package; the others are left to the system's loader. */
  readonly found: readonly string[];
  /** CUDA's libraries that are in no Python package. */
  readonly elsewhere: readonly string[];
}

/**
 * Looks for ONNX Runtime's CUDA provider and CUDA's libraries: beside ONNX Runtime's own library, in the folder that
 * `PARALLELCOMP_CUDA_PROVIDER` names, and in the packages `onnxruntime-gpu` and `nvidia-*` of Python.
 *
 * @param beside The folder of ONNX Runtime's library.
 */
export async function findCudaFiles(
  beside: string,
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Promise<CudaFiles> {
  const packages = await pythonPackages(env);
  const named = env(PROVIDER_VARIABLE);
  const places = [
    ...named ? [named] : [],
    beside,
    ...packages.map((at) => join(at, "onnxruntime", "capi")),
  ];
  const provider = await firstWith(places, PROVIDER_LIBRARIES);
  const folders = await libraryFolders(packages);
  const found: string[] = [];
  const elsewhere: string[] = [];
  for (const library of CUDA_LIBRARIES) {
    const at = await firstWith(folders, [library]);
    if (at) found.push(join(at, library));
    else elsewhere.push(library);
  }
  return { ...(provider && { provider }), found, elsewhere };
}

/** Folders of Python's packages: of the active environment, of the user, of the system. */
async function pythonPackages(
  env: (name: string) => string | undefined,
): Promise<string[]> {
  const roots = [
    env("VIRTUAL_ENV"),
    env("CONDA_PREFIX"),
    env("HOME") && join(env("HOME")!, ".local"),
    "/usr/local",
    "/usr",
  ].filter((root) => root !== undefined);
  const found: string[] = [];
  for (const root of roots) {
    for (const python of await namesIn(join(root, "lib"))) {
      if (!python.startsWith("python3")) continue;
      for (const name of ["site-packages", "dist-packages"]) {
        found.push(join(root, "lib", python, name));
      }
    }
  }
  return found;
}

/** Folders of libraries in the packages `nvidia-*`. */
async function libraryFolders(packages: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const at of packages) {
    for (const name of await namesIn(join(at, "nvidia"))) {
      found.push(join(at, "nvidia", name, "lib"));
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch {
    return []; // not there, or not ours to read
  }
  return names.sort().reverse(); // the newest Python first
}

async function firstWith(
  folders: readonly string[],
  files: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    const all = await Promise.all(
      files.map((file) => exists(join(folder, file))),
    );
    if (all.every(Boolean)) return folder;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/**
 * A folder in which ONNX Runtime finds its CUDA provider: it looks beside its own library only. Holds a copy of that
 * (one that other threads opened elsewhere would be taken instead of a link to it) and links to the provider.
 *
 * @param library ONNX Runtime's library.
 * @param provider The folder of the provider.
 * @param folder Where the folder is made; what another process made there is used.
 * @returns The library to open.
 */
export async function joinProvider(
  library: string,
  provider: string,
  folder: string,
): Promise<string> {
  if (dirname(library) === provider) return library;
  await Deno.mkdir(folder, { recursive: true });
  const copy = join(folder, "libonnxruntime.so.1");
  const { size } = await Deno.stat(library);
  const there = await Deno.stat(copy).catch(() => undefined);
  if (there?.size !== size) {
    const part = `${copy}.${Deno.pid}`;
    await Deno.copyFile(library, part);
    await Deno.rename(part, copy);
  }
  for (const name of PROVIDER_LIBRARIES) {
    const link = join(folder, name);
    const target = join(provider, name);
    const present = await Deno.readLink(link).catch(() => undefined);
    if (present === target) continue;
    const part = `${link}.${Deno.pid}`;
    await Deno.symlink(target, part);
    await Deno.rename(part, link);
  }
  return copy;
}
