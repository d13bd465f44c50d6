// deno-lint-ignore-file no-console
/**
 * Writes graphs/graph.schema.json, from which editors complete and check graph files. With `--check` nothing is
 * written, and the exit code is 1 when the file is stale.
 *
 * @module
 */
import { builtins, graphSchema } from "../mod.ts";
import { repository } from "./source_files.ts";

const target = new URL("graphs/graph.schema.json", repository);

/** The schema of every stage that ships, as the file holds it. */
export function schemaText(): string {
  return JSON.stringify(graphSchema(builtins()), null, 2) + "\n";
}

if (import.meta.main) {
  if (Deno.args.includes("--check")) {
    const written = await Deno.readTextFile(target).catch(() => "");
    if (written !== schemaText()) {
      console.error(
        "graphs/graph.schema.json:1 is stale; run deno task schema",
      );
      Deno.exit(1);
    }
  } else await Deno.writeTextFile(target, schemaText());
}
