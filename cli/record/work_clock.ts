/** A stretch of a run, in milliseconds since it began. */
export type Stretch = [from: number, to: number];

/**
 * Shares a run's wall time among its nodes: a stretch in which nothing was said is counted to the node that spoke at
 * its end. Where values run through several nodes at once, readers may speak before their writer, so the first stretch
 * of a turn is counted to whoever of the turn stands first in the graph. Nodes work at the same time: this says who was
 * waited for, and adds up to the whole.
 */
export class WorkClock {
  readonly #order: ReadonlyMap<string, number>;
  readonly #work = new Map<string, Stretch[]>();
  #last = 0;
  /** What was said since the event loop was last free. */
  #turn: { node: string; stretch: Stretch }[] = [];

  /** @param nodes Names in dependency order. */
  constructor(nodes: readonly string[]) {
    this.#order = new Map(nodes.map((name, i) => [name, i]));
  }

  /** A node spoke. */
  note(node: string, at: number): void {
    if (this.#turn.length === 0) queueMicrotask(() => this.endTurn());
    this.#turn.push({ node, stretch: [this.#last, at] });
    this.#last = at;
  }

  /** What happens from here on is another turn. */
  endTurn(): void {
    const turn = this.#turn;
    this.#turn = [];
    const [first] = turn;
    if (!first) return;
    for (const { node } of turn) {
      if (this.#place(node) < this.#place(first.node)) first.node = node;
    }
    for (const { node, stretch } of turn) this.#add(node, stretch);
  }

  /** Stretches of a node, in order; neighbouring ones are one. */
  workOf(node: string): readonly Stretch[] {
    return this.#work.get(node) ?? [];
  }

  #add(node: string, [from, to]: Stretch): void {
    const stretches = this.#work.get(node) ?? [];
    this.#work.set(node, stretches);
    const before = stretches.at(-1);
    if (before && before[1] >= from) before[1] = to;
    else stretches.push([from, to]);
  }

  #place(node: string): number {
    return this.#order.get(node) ?? Infinity;
  }
}
