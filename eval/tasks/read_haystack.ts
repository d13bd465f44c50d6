import { join } from "node:path";
import { z } from "zod";
import { namesIn } from "../../io/files/folder_names.ts";
import { readJson } from "../../io/files/json_file.ts";
import { readText } from "../../io/files/text_file.ts";
import { book, type Haystack, haystackOf } from "./haystack.ts";

/** RULER's `PaulGrahamEssays.json`, as `download_paulgraham_essay.py` writes it. */
const Essays = z.object({ text: z.string() });

/**
 * The haystack in those files, one behind the other; Moby-Dick where no files are given.
 *
 * @throws {FormatError} If one cannot be read.
 * @throws {RangeError} If there are no words in them.
 */
export async function readHaystack(
  files?: readonly string[],
): Promise<Haystack> {
  if (files === undefined) return haystackOf(book());
  return haystackOf((await Promise.all(files.map(textOf))).join("\n\n"));
}

/** The files of a haystack: a text, the `.txt` and `.md` files of a folder by their names, or a JSON file `{text}`. */
export async function haystackFiles(path: string): Promise<string[]> {
  if (/\.(txt|md|json)$/.test(path)) return [path];
  const names = [...await namesIn(path)].filter((name) =>
    /\.(txt|md)$/.test(name)
  );
  if (names.length > 0) return names.sort().map((name) => join(path, name));
  throw new RangeError(
    `'${path}' has no .txt or .md files; name a text or a folder of texts`,
  );
}

async function textOf(path: string): Promise<string> {
  return path.endsWith(".json")
    ? (await readJson(path, Essays)).text
    : (await readText(path)).text;
}
