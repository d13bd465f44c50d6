/** Bytes written to a {@linkcode SpillFile}. */
export interface SpilledBytes {
  /** First byte in the file. */
  readonly offset: number;
  readonly length: number;
}

/**
 * A temporary file for data that memory has no room for, written in pieces and read back.
 *
 * It loses its name as soon as it is open, so that nothing is left of it however the process ends; where the
 * system keeps names of open files (Windows), it is removed when disposed. `TMPDIR` says in which folder it is.
 */
export class SpillFile implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #path: string | undefined;
  #size = 0;
  /** The file has one position: reads and writes take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(file: Deno.FsFile, path: string | undefined) {
    this.#file = file;
    this.#path = path;
  }

  /**
   * Opens an empty file.
   *
   * @throws What the file system threw, with a message that names `TMPDIR`.
   */
  static async open(): Promise<SpillFile> {
    const path = await makeFile();
    const file = await Deno.open(path, { read: true, write: true });
    const unnamed = await Deno.remove(path).then(() => true, () => false);
    return new SpillFile(file, unnamed ? undefined : path);
  }

  /** Bytes written. */
  get size(): number {
    return this.#size;
  }

  /** Appends pieces, one behind the other. Memory that is shared between threads is allowed. */
  write(pieces: Iterable<Uint8Array>): Promise<SpilledBytes> {
    return this.#inTurn(async () => {
      const offset = this.#size;
      await this.#file.seek(offset, Deno.SeekMode.Start);
      for (const piece of pieces) {
        let rest = piece.buffer instanceof SharedArrayBuffer
          ? piece.slice()
          : piece;
        while (rest.length > 0) {
          rest = rest.subarray(await this.#file.write(rest));
        }
        this.#size += piece.length;
      }
      return { offset, length: this.#size - offset };
    });
  }

  /** Fills pieces with what was written, in the same order. */
  read({ offset }: SpilledBytes, pieces: Iterable<Uint8Array>): Promise<void> {
    return this.#inTurn(async () => {
      await this.#file.seek(offset, Deno.SeekMode.Start);
      for (const piece of pieces) {
        const shared = piece.buffer instanceof SharedArrayBuffer;
        const target = shared ? new Uint8Array(piece.length) : piece;
        for (let at = 0; at < target.length;) {
          const read = await this.#file.read(target.subarray(at));
          if (read === null) {
            throw new RangeError("The spill file is too short");
          }
          at += read;
        }
        if (shared) piece.set(target);
      }
    });
  }

  /** Gives the disk space back. */
  [Symbol.dispose](): void {
    this.#file.close();
    if (this.#path !== undefined) Deno.removeSync(this.#path);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}

async function makeFile(): Promise<string> {
  try {
    return await Deno.makeTempFile({ prefix: "parallelcomp-" });
  } catch (error) {
    if (error instanceof Error) {
      error.message =
        `No temporary file can be made: ${error.message}; TMPDIR names the folder`;
    }
    throw error;
  }
}
