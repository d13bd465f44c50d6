import { createHash } from "node:crypto";
import { join } from "node:path";
import { modelPath } from "../../io/bundled_model.ts";
import type { Plan } from "../../mod.ts";

/** SHA-256 of a text as UTF-8, in hexadecimal digits. */
export function textHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** SHA-256 of the model's file; of a folder, that of its configuration and weights, one after the other by name. */
export async function modelHash(plan: Plan): Promise<string | undefined> {
  const node = plan.nodes.find(({ stage }) =>
    Object.values(stage.outputs).some((port) =>
      (port as { type: { name: string } }).type.name === "pc/model"
    )
  );
  const path = (node?.options as { path?: unknown } | undefined)?.path;
  if (typeof path !== "string") return undefined;
  const hash = createHash("sha256");
  for (const file of await modelFiles(modelPath(path))) {
    for await (const bytes of (await Deno.open(file)).readable) {
      hash.update(bytes);
    }
  }
  return hash.digest("hex");
}

async function modelFiles(path: string): Promise<string[]> {
  if (!(await Deno.stat(path)).isDirectory) return [path];
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(path)) {
    if (isFile && /\.(json|safetensors)$/.test(name)) names.push(name);
  }
  return names.sort().map((name) => join(path, name));
}
