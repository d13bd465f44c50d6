import assert from "node:assert/strict";
import { join } from "node:path";
import {
  findCudaFiles,
  joinProvider,
  PROVIDER_LIBRARIES,
} from "../../io/cuda_files.ts";

/** An empty folder for one test. */
async function scratch(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function put(folder: string, names: readonly string[]): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  for (const name of names) await Deno.writeTextFile(join(folder, name), name);
  return folder;
}

Deno.test("findCudaFiles() finds the provider and CUDA's libraries in Python's packages", async () => {
  await using folder = await scratch();
  const packages = join(folder.path, "lib/python3.12/site-packages");
  const capi = await put(
    join(packages, "onnxruntime/capi"),
    PROVIDER_LIBRARIES,
  );
  const cublas = await put(join(packages, "nvidia/cu13/lib"), [
    "libcublas.so.13",
  ]);
  const env = (name: string) =>
    name === "VIRTUAL_ENV" ? folder.path : undefined;
  const files = await findCudaFiles(folder.path, env);
  assert.equal(files.provider, capi);
  assert(files.found.includes(join(cublas, "libcublas.so.13")));
});

Deno.test("findCudaFiles() takes the folder that is named before others, and none that is incomplete", async () => {
  await using folder = await scratch();
  const named = await put(join(folder.path, "named"), PROVIDER_LIBRARIES);
  const beside = await put(join(folder.path, "beside"), PROVIDER_LIBRARIES);
  const half = await put(join(folder.path, "half"), [PROVIDER_LIBRARIES[0]]);
  const variable = (value: string) => (name: string) =>
    name === "PARALLELCOMP_CUDA_PROVIDER" ? value : undefined;
  const found = async (value: string) =>
    (await findCudaFiles(beside, variable(value))).provider;
  assert.equal(await found(named), named);
  assert.equal(await found(half), beside);
});

Deno.test("joinProvider() lays a copy of the library beside links to the provider, and again after a change", async () => {
  await using folder = await scratch();
  const library = join(
    await put(join(folder.path, "npm"), ["ort.so"]),
    "ort.so",
  );
  const joined = join(folder.path, "cache/joined");
  for (const name of ["one", "two"]) {
    const provider = await put(join(folder.path, name), PROVIDER_LIBRARIES);
    await Deno.writeTextFile(
      library,
      name === "one" ? "library" : "a new library",
    );
    const opened = await joinProvider(library, provider, joined);
    assert.equal(
      await Deno.readTextFile(opened),
      await Deno.readTextFile(library),
    );
    for (const link of PROVIDER_LIBRARIES) {
      assert.equal(
        await Deno.readLink(join(joined, link)),
        join(provider, link),
      );
    }
  }
});
