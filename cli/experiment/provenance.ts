import { basename, dirname, join, relative } from "node:path";
import { modelPath } from "../../io/bundled_model.ts";
import type { LanguageModel } from "../../mod.ts";
import project from "../../deno.json" with { type: "json" };
import { sha256, sha256File } from "./sha256.ts";

/** What computed a row. */
export interface Versions {
  readonly parallelcomp: string;
  readonly deno: string;
  readonly onnxruntime: string;
}

/** Versions of the program and of what it runs on. */
export function versions(): Versions {
  return {
    parallelcomp: project.version,
    deno: Deno.version.deno,
    onnxruntime: project.imports["onnxruntime-node"].split("@").at(-1)!,
  };
}

/**
 * SHA-256 of a model's file; of a folder, of the names and hashes of its files, those in its folder `onnx` too; of an
 * `.onnx` file, of it and of the files beside it that are named after it, which hold weights.
 */
export async function modelHash(nameOrPath: string): Promise<string> {
  const path = modelPath(nameOrPath);
  const folder = (await Deno.stat(path)).isDirectory;
  if (!folder && !path.endsWith(".onnx")) return await sha256File(path);
  const files = folder
    ? [...await filesIn(path), ...await filesIn(`${path}/onnx`)]
    : (await filesIn(dirname(path))).filter((file) =>
      basename(file).startsWith(basename(path))
    );
  const root = folder ? path : dirname(path);
  const hashes = files.sort().map(async (file) =>
    `${relative(root, file)} ${await sha256File(file)}\n`
  );
  return sha256(...await Promise.all(hashes));
}

async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile) files.push(join(folder, name));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}

/** SHA-256 of a tokenizer's vocabulary: the bytes of every token, each behind its length. */
export function vocabularyHash({ tokenizer }: LanguageModel): string {
  const pieces: (string | Uint8Array)[] = [];
  for (let id = 0; id < tokenizer.vocab; id++) {
    const bytes = tokenizer.tokenBytes(id);
    pieces.push(`${bytes.length}:`, bytes);
  }
  return sha256(...pieces);
}
