import process from "node:process";

/**
 * The most memory this process has held resident.
 *
 * The kernel's own high-water mark is read where it can be trusted: on Linux a process starts with the mark of
 * the one that launched it, so a mark that has not moved since the start says nothing. Then, and on systems
 * without it, the largest of the samples counts.
 */
export class PeakMemory {
  readonly #inherited = highWaterMark();
  #sampled = 0;

  /** Looks at the memory held now. */
  sample(): void {
    this.#sampled = Math.max(this.#sampled, Deno.memoryUsage().rss);
  }

  /** Bytes. */
  get bytes(): number {
    this.sample();
    const mark = highWaterMark();
    return mark > this.#inherited ? mark : this.#sampled;
  }
}

/** Bytes; 0 where the system does not say. */
function highWaterMark(): number {
  const { maxRSS } = process.resourceUsage();
  return Deno.build.os === "windows" ? 0 : maxRSS * 1024;
}
