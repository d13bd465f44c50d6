/** What torch took for one prefill. */
export interface TorchPrefill {
  readonly seconds: number;
  /** Peak of torch's own memory. */
  readonly bytes: number;
}

/** torch in a process of its own, which answers when asked, so that both sides take turns. */
export class TorchAnchor implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor() {
    const script = new URL("./torch_anchor.py", import.meta.url).pathname;
    this.#process = new Deno.Command("python3", {
      args: [script],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#lines = this.#process.stdout
      .pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Prefills a batch of independent chunks; a batch of one is full attention. */
  async prefill(
    shape: string,
    batch: number,
    rows: number,
  ): Promise<TorchPrefill> {
    await this.#write({ do: "prefill", shape, batch, rows });
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error("torch ended");
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return JSON.parse(line);
  }

  async #write(message: object): Promise<void> {
    const line = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
    await this.#writer.write(line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#write({ do: "quit" });
    await this.#writer.close();
    await this.#process.status;
  }
}
