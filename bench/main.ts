// deno-lint-ignore-file no-console
/**
 * Every benchmark of the processor, one after the other: `deno task bench [names]`.
 *
 * @module
 */
const all = [
  "cpu_prefill",
  "cpu_decode",
  "cpu_perplexity",
  "cpu_stages",
  "cpu_batches",
] as const;
const wanted = Deno.args.length > 0 ? Deno.args : all;
let failed = 0;
for (const name of wanted) {
  console.log(`\n${name}`);
  const script = new URL(`${name}.ts`, import.meta.url).pathname;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script],
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  if (!success) failed++;
}
Deno.exit(failed > 0 ? 1 : 0);
