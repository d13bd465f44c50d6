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

/** SHA-256 of a model's file; of a folder, of the names and hashes of its files. */
export async function modelHash(nameOrPath: string): Promise<string> {
  const path = modelPath(nameOrPath);
  if (!(await Deno.stat(path)).isDirectory) return await sha256File(path);
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(path)) {
    if (isFile) names.push(name);
  }
  const files = names.sort().map(async (name) =>
    `${name} ${await sha256File(`${path}/${name}`)}\n`
  );
  return sha256(...await Promise.all(files));
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
