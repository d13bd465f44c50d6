// deno-lint-ignore-file no-console
/**
 * Runs every `examples/<name>/main.ts`, each in a process of its own. One that fails, or that does not print an
 * answer, makes the exit code 1.
 *
 * @module
 */
import { repository } from "./source_files.ts";

const folder = new URL("examples/", repository);
let failed = 0;
for (const { name } of [...Deno.readDirSync(folder)].sort(byName)) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", new URL(`${name}/main.ts`, folder).pathname],
  }).output();
  const text = new TextDecoder().decode(stdout).trim();
  console.log(`${name}\n${text.replaceAll(/^/gm, "  ")}`);
  if (success && /^answer: .*\S/m.test(text)) continue;
  failed++;
  console.error(`${name} failed\n${new TextDecoder().decode(stderr)}`);
}
Deno.exit(failed > 0 ? 1 : 0);

function byName(a: Deno.DirEntry, b: Deno.DirEntry): number {
  return a.name < b.name ? -1 : 1;
}
