/** The numbers at which tokens are drawn, one after the other; those ahead can be seen before they are taken. */
export class PointsAhead {
  readonly #seen: number[] = [];

  constructor(readonly random: () => number) {}

  /** Takes the next one. */
  next(): number {
    return this.#seen.shift() ?? this.random();
  }

  /** The next ones, which stay. */
  ahead(count: number): Float64Array { // [count]
    while (this.#seen.length < count) this.#seen.push(this.random());
    return Float64Array.from(this.#seen.slice(0, count));
  }
}
