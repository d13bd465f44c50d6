/** A question in the form that the bundled model was trained on. */
export const passKeyQuestion = "What is the pass key? The pass key is";

/** Text of about `words` words with a pass key in the middle. */
export function passKeyDocument(words: number): string {
  const sentence = "The river runs past the mill and the field to the sea. ";
  const half = sentence.repeat(Math.ceil(words / 22));
  return `${half}\nThe pass key is 48213. Remember it. 48213 is the pass key.\n${half}\n`;
}

/** Runs `body` with a folder that is gone afterwards. */
export async function withFolder<T>(
  body: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "cli-test-" });
  try {
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes a file into a folder; gives its path. */
export async function writeFile(
  folder: string,
  name: string,
  content: string | Uint8Array,
): Promise<string> {
  const path = `${folder}/${name}`;
  await (typeof content === "string"
    ? Deno.writeTextFile(path, content)
    : Deno.writeFile(path, content));
  return path;
}
