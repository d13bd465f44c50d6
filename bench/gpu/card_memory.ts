/** The most memory that was in use on a card while this watched, as nvidia-smi tells. */
export class CardMemory implements Disposable {
  peak = 0;
  #process: Deno.ChildProcess | undefined;

  private constructor(readonly name: string) {}

  /** Begins to watch the first card; without one nothing is seen. */
  static async watch(): Promise<CardMemory> {
    const name = await ask("--query-gpu=name").catch(() => "none");
    const watch = new CardMemory(name.trim());
    if (watch.name === "none") return watch;
    watch.#process = new Deno.Command("nvidia-smi", {
      args: [
        "--id=0",
        "--query-gpu=memory.used",
        "--format=csv,noheader,nounits",
        "--loop-ms=20",
      ],
      stdout: "piped",
    }).spawn();
    watch.#read(watch.#process.stdout);
    return watch;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        this.peak = Math.max(this.peak, Number(line) * 2 ** 20);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#process?.kill();
  }
}

async function ask(query: string): Promise<string> {
  const { stdout } = await new Deno.Command("nvidia-smi", {
    args: ["--id=0", query, "--format=csv,noheader"],
  }).output();
  return new TextDecoder().decode(stdout);
}
