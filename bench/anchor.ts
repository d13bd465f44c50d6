import { TextLineStream } from "./text_lines.ts";

/** Another program in a process of its own: a Python script beside this file that answers a JSON line with a JSON line. */
export class Anchor implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(script: string, args: readonly string[]) {
    this.#process = new Deno.Command("python3", {
      args: [new URL(script, import.meta.url).pathname, ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#lines = this.#process.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
    this.#input = this.#process.stdin.getWriter();
  }

  /** Starts it and waits until it is ready. */
  static async start(
    script: string,
    ...args: readonly (string | number)[]
  ): Promise<Anchor> {
    const anchor = new Anchor(script, args.map(String));
    await anchor.#answer(script);
    return anchor;
  }

  /** Asks and waits for the answer. */
  async ask<T>(request: object): Promise<T> {
    const line = JSON.stringify(request) + "\n";
    await this.#input.write(new TextEncoder().encode(line));
    return await this.#answer(line.slice(0, 80)) as T;
  }

  async #answer(what: string): Promise<unknown> {
    const { value, done } = await this.#lines.read();
    if (done) throw new Error(`The other side ended at '${what}'`);
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#process.status;
  }
}
