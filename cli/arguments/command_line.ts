/** The command that is running, as it was typed, or another one of this program, for a shell. */
export function commandLine(given: readonly string[] = Deno.args): string {
  const words = given.map((word) =>
    /^[\w./,=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
  );
  return ["parallelcomp", ...words].join(" ");
}
