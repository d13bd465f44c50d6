// deno-lint-ignore-file no-console
import { atomicWrite } from "../../../io/files/atomic_write.ts";
import { resultsFolder } from "../rows_path.ts";
import { fillTables } from "./fill_tables.ts";

/** Documents with tables that are made from stored results, from the repository's root. */
export const documents: readonly string[] = ["README.md", "eval/PAPER.md"];

/** A document as it is and as stored results make it. */
export async function filledDocument(
  root: URL,
  document: string,
): Promise<{ readonly written: string; readonly filled: string }> {
  const written = await Deno.readTextFile(new URL(document, root));
  const folder = new URL(`${resultsFolder}/`, root);
  return { written, filled: await fillTables(written, folder) };
}

/** Writes all tables between marks anew. */
export async function writeTables(root: URL): Promise<void> {
  for (const document of documents) {
    const { written, filled } = await filledDocument(root, document);
    const changed = written !== filled;
    if (changed) await atomicWrite(new URL(document, root).pathname, filled);
    console.log(`${document}: ${changed ? "written" : "as it was"}`);
  }
}
