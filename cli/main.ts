/**
 * The command line: `deno task parallelcomp --help`.
 *
 * @module
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { missingPermissions } from "./permissions.ts";

const missing = await missingPermissions(Deno.args[0]);
if (missing) {
  Deno.stderr.writeSync(new TextEncoder().encode(`error: ${missing}\n`));
  Deno.exit(2);
}
// A task starts in the folder of deno.json; paths are meant from where the user stands.
const started = Deno.env.get("INIT_CWD");
const home = resolve(fileURLToPath(new URL("../", import.meta.url)));
if (started && Deno.cwd() === home) Deno.chdir(started);
// Only now: what is imported asks for permissions while it loads.
const { runProgram } = await import("./program.ts");
Deno.exit(await runProgram(Deno.args));
