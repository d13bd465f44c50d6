import { stdinError } from "./stdin_error.ts";

/** Lines of standard input, as they come; the last needs no newline. */
export async function* readLines(signal: AbortSignal): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of readPieces(signal)) {
    const lines = (rest + piece).split(/\r?\n/);
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

async function* readPieces(signal: AbortSignal): AsyncGenerator<string> {
  const text = Deno.stdin.readable.pipeThrough(new TextDecoderStream(), {
    signal,
  });
  const reader = text.getReader();
  for (;;) {
    const { value, done } = await reader.read().catch((cause) => {
      throw signal.aborted ? signal.reason : stdinError(cause);
    });
    if (done) return;
    yield value;
  }
}
