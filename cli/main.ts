/**
 * The command line: `deno task parallelcomp --help`.
 *
 * @module
 */
import { missingPermissions } from "./permissions.ts";

const missing = await missingPermissions();
if (missing) {
  Deno.stderr.writeSync(new TextEncoder().encode(`error: ${missing}\n`));
  Deno.exit(2);
}
// Only now: what is imported asks for permissions while it loads.
const { runProgram } = await import("./program.ts");
Deno.exit(await runProgram(Deno.args));
