/** The command that is running, for a shell. */
export function commandLine(): string {
  const words = Deno.args.map((word) =>
    /^[\w./,=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
  );
  return ["parallelcomp", ...words].join(" ");
}
