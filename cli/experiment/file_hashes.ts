import type { Plan, PlanNode, Port } from "../../mod.ts";
import { sha256File } from "./sha256.ts";

/** Hash of a file that an option names. */
export interface FileHash {
  /** Node and option, such as `table.path`. */
  readonly option: string;
  readonly hash: string;
}

/**
 * Hashes of the files that options name: a text that is the path of a file that may be read. The model's file has a
 * hash of its own, and what a sink writes is no input.
 */
export async function fileHashes({ nodes }: Plan): Promise<FileHash[]> {
  const texts = nodes.filter(readsFiles)
    .flatMap(({ name, options }) => textsIn(options, name));
  const found: FileHash[] = [];
  for (const [option, path] of texts) {
    if (!await isFile(path)) continue;
    found.push({ option, hash: await sha256File(path) });
  }
  return found.sort((a, b) => a.option < b.option ? -1 : 1);
}

function readsFiles({ stage }: PlanNode): boolean {
  const outputs = Object.values<Port>(stage.outputs);
  const model = outputs.some(({ type }) => type.name === "pc/model");
  return !model && !stage.name.startsWith("sink.");
}

/** Every text in an option with its path. */
function textsIn(value: unknown, at: string): [option: string, text: string][] {
  if (typeof value === "string") return [[at, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    textsIn(inner, `${at}.${key}`)
  );
}

/** Whether a text is the path of a file; nobody is asked for a permission. */
async function isFile(path: string): Promise<boolean> {
  if (path === "" || path.includes("\0")) return false;
  const { state } = await Deno.permissions.query({ name: "read", path });
  if (state !== "granted") return false;
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
