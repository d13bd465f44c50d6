/** What the program needs, and what for. */
const needs = [
  ["read", "the model, the document and the graph"],
  ["env", "libraries look for their settings"],
  ["ffi", "ONNX Runtime is a native library"],
  ["sys", "memory and processor are measured"],
] as const;

/**
 * One line about permissions that were not given, with the command that gives them; nothing where all are there.
 * A permission given in part (`--allow-read=book.txt`) counts as given: what it lacks is reported where it is needed.
 */
export async function missingPermissions(
  command?: string,
): Promise<string | undefined> {
  const missing: string[] = [];
  const computes = command !== "pull"; // what has the network needs no native library
  for (const [name, reason] of needs) {
    if (!computes && (name === "ffi" || name === "sys")) continue;
    const { state, partial } = await Deno.permissions.query({ name });
    if (state !== "granted" && !partial && !await givenInPart(name)) {
      missing.push(`--allow-${name} (${reason})`);
    }
  }
  if (missing.length === 0) return undefined;
  return `Permission missing: ${
    missing.join(", ")
  }; run with: deno run --allow-read --allow-write --allow-env --allow-ffi --allow-sys cli/main.ts, or deno task parallelcomp`;
}

/** Whether the permission holds at least for what every run needs: the program's own files. */
async function givenInPart(name: typeof needs[number][0]): Promise<boolean> {
  if (name !== "read") return false;
  const path = new URL("../graphs/", import.meta.url);
  return (await Deno.permissions.query({ name, path })).state === "granted";
}
