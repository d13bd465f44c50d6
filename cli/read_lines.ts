/** Lines of standard input, as they come; the last needs no newline. */
export async function* readLines(signal: AbortSignal): AsyncGenerator<string> {
  let rest = "";
  const text = Deno.stdin.readable.pipeThrough(new TextDecoderStream(), {
    signal,
  });
  for await (const piece of text) {
    const lines = (rest + piece).split(/\r?\n/);
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
