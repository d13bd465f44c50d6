import { createHash } from "node:crypto";
import { cpus } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { atomicWrite } from "./files/atomic_write.ts";
import { modelPath } from "./bundled_model.ts";
import { cacheFolder } from "./cache_folder.ts";

/** What computes; what was measured with another version is measured again. */
export const TUNED_FOR = "npm:onnxruntime-node@1.30.0";

const Tuning = z.strictObject({
  workers: z.int().min(1),
  /** Of all workers together. */
  threads: z.int().min(1),
  accuracy: z.enum(["exact", "fast", "int8"]),
  /** Chunks in one call. */
  batch: z.int().min(1),
});

/** Settings of a model that were the fastest on a machine. */
export type Tuning = z.output<typeof Tuning>;

/** What was found for this model on this machine with these versions; nothing where it was not tuned or may not be read. */
export async function readTuning(model: string): Promise<Tuning | undefined> {
  try {
    const text = await Deno.readTextFile(await tuningPath(model));
    return Tuning.parse(JSON.parse(text));
  } catch {
    return undefined; // settings that are only about speed: without them the defaults hold
  }
}

/** Keeps what was found; resolves to the file's path. */
export async function writeTuning(
  model: string,
  tuning: Tuning,
): Promise<string> {
  const path = await tuningPath(model);
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await atomicWrite(path, JSON.stringify(tuning, null, 1) + "\n");
  return path;
}

/** The file for a machine, a model and the versions of what computes. */
async function tuningPath(model: string): Promise<string> {
  const machine = cpus();
  const facts = [
    Deno.build.arch,
    machine.length,
    machine[0]?.model,
    TUNED_FOR,
    await contents(modelPath(model)),
  ];
  const key = createHash("sha256").update(JSON.stringify(facts)).digest("hex");
  return join(cacheFolder(), "tuning", `${key.slice(0, 32)}.json`);
}

/** What tells a model from another one: a file's size and first MiB, or the names and sizes in a folder. */
async function contents(path: string): Promise<unknown> {
  const { isDirectory, size } = await Deno.stat(path);
  if (isDirectory) {
    const files = await Array.fromAsync(Deno.readDir(path));
    const names = files.map(({ name }) => name).sort();
    return await Promise.all(
      names.map(async (name) => [
        name,
        (await Deno.stat(join(path, name))).size,
      ]),
    );
  }
  using file = await Deno.open(path);
  const start = new Uint8Array(Math.min(size, 2 ** 20));
  await file.read(start);
  return [size, createHash("sha256").update(start).digest("hex")];
}
