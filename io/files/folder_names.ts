import { reasonOf } from "./byte_source.ts";
import { FormatError } from "../format_error.ts";

/** Names of what lies in a folder. */
export async function namesIn(folder: string): Promise<Set<string>> {
  const names = new Set<string>();
  try {
    for await (const { name } of Deno.readDir(folder)) names.add(name);
  } catch (cause) {
    throw new FormatError(folder, reasonOf(cause), undefined, { cause });
  }
  return names;
}
