/**
 * Ends a text at the first stop string; what may be the start of one is held back until that is known. White space
 * that the text begins with ends nothing: a model may well answer after an empty line.
 */
export class StopText {
  #held = "";
  #begun = false;
  #stopped = false;

  /** @param stops Texts that end the answer; they are not part of it. */
  constructor(readonly stops: readonly string[]) {}

  /** Whether a stop string was found. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Takes more text; returns what is certainly part of the answer. */
  push(text: string): string {
    if (this.#stopped) return "";
    this.#held += text;
    const lead = this.#begun ? 0 : this.#held.search(/\S|$/);
    this.#begun ||= lead < this.#held.length;
    const found = this.stops.map((stop) => this.#held.indexOf(stop, lead))
      .filter((at) => at >= 0);
    this.#stopped = found.length > 0;
    const sure = this.#stopped
      ? Math.min(...found)
      : this.#held.length - this.#undecided(lead);
    const out = this.#held.slice(0, sure);
    this.#held = this.#stopped ? "" : this.#held.slice(sure);
    return out;
  }

  /** What was held back, once no more text comes. */
  flush(): string {
    const rest = this.#held;
    this.#held = "";
    return rest;
  }

  /** Length of the longest end of the held text, from `lead` on, that a stop string may begin with. */
  #undecided(lead: number): number {
    const longest = Math.max(0, ...this.stops.map((stop) => stop.length - 1));
    for (let n = Math.min(longest, this.#held.length - lead); n > 0; n--) {
      const end = this.#held.slice(-n);
      if (this.stops.some((stop) => stop.startsWith(end))) return n;
    }
    return 0;
  }
}
