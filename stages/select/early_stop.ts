import { median, medianDeviation } from "./median.ts";

/** When the chunks that were read will do. */
export interface EarlyRule {
  /** Chunks that are read anyway. */
  readonly least: number;
  /** Scores that have to stand out. */
  readonly standing: number;
  /** How far the worst of these lies from the median of all, in median absolute deviations. */
  readonly gap: number;
  /** How far at least, in the unit of the scores. */
  readonly nats: number;
  /** Chunks that have come since, without another among those that stand out. */
  readonly patience: number;
}

/** Scores, one after another, and whether they say that the rest need not be read; low ones are good. */
export class EarlyStop {
  /** Best first. */
  readonly #sorted: number[] = [];
  /** Scores told since others began to stand out; undefined while too few do. */
  #since: number | undefined;

  constructor(readonly rule: EarlyRule) {}

  /** Scores told. */
  get read(): number {
    return this.#sorted.length;
  }

  /** Tells the next score; whether those up to here will do. */
  add(score: number): boolean {
    const { least, standing, patience } = this.rule;
    const better = this.#sorted.findIndex((other) => score < other);
    const rank = better < 0 ? this.#sorted.length : better;
    this.#sorted.splice(rank, 0, score);
    if (!this.#standOut()) this.#since = undefined;
    else if (this.#since === undefined || rank < standing) this.#since = 0;
    else this.#since++;
    return this.#since !== undefined && this.#since >= patience &&
      this.read >= least;
  }

  #standOut(): boolean {
    const { standing, gap, nats } = this.rule;
    if (this.read <= standing) return false;
    const room = Math.max(gap * medianDeviation(this.#sorted), nats);
    return median(this.#sorted) - this.#sorted[standing - 1]! > room;
  }
}
