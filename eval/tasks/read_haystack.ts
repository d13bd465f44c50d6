import { join } from "node:path";
import { z } from "zod";
import { namesIn } from "../../io/folder_names.ts";
import { readJson } from "../../io/json_file.ts";
import { readText } from "../../io/text_file.ts";
import { book, type Haystack, haystackOf } from "./haystack.ts";

/** RULER's `PaulGrahamEssays.json`, as `download_paulgraham_essay.py` writes it. */
const Essays = z.object({ text: z.string() });

/**
 * The haystack at a path: a text, the `.txt` and `.md` files of a folder by their names, or a JSON file `{text}`;
 * Moby-Dick where no path is given.
 *
 * @throws {FormatError} If it cannot be read.
 * @throws {RangeError} If there are no words in it.
 */
export async function readHaystack(path?: string): Promise<Haystack> {
  return haystackOf(path === undefined ? book() : await textAt(path));
}

async function textAt(path: string): Promise<string> {
  if (path.endsWith(".json")) return (await readJson(path, Essays)).text;
  if (/\.(txt|md)$/.test(path)) return (await readText(path)).text;
  const names = [...await namesIn(path)].filter((name) =>
    /\.(txt|md)$/.test(name)
  );
  if (names.length === 0) {
    throw new RangeError(
      `'${path}' has no .txt or .md files; name a text or a folder of texts`,
    );
  }
  const files = names.sort().map((name) => readText(join(path, name)));
  return (await Promise.all(files)).map(({ text }) => text).join("\n\n");
}
