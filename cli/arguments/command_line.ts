/** The command that is running, as it was typed, for a shell. */
export function commandLine(): string {
  const words = Deno.args.map((word) =>
    /^[\w./,=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
  );
  return ["parallelcomp", ...words].join(" ");
}
