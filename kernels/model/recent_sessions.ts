/**
 * Bounds how many sessions of a kind are open: of those that nobody uses, the ones used longest ago are closed. Each
 * holds a copy of the model's weights.
 */
export class RecentSessions {
  /** Users by name, in the order of the last use. */
  readonly #users = new Map<string, number>();

  /**
   * @param most Sessions that stay open; more only while all are used.
   * @param close Closes one.
   */
  constructor(readonly most: number, readonly close: (name: string) => void) {}

  /** Keeps a session open until what is returned is disposed. */
  use(name: string): Disposable {
    const users = this.#users.get(name) ?? 0;
    this.#users.delete(name); // to the end
    this.#users.set(name, users + 1);
    this.#trim();
    return {
      [Symbol.dispose]: () => {
        this.#users.set(name, this.#users.get(name)! - 1);
        this.#trim();
      },
    };
  }

  #trim(): void {
    for (const [name, users] of this.#users) {
      if (this.#users.size <= this.most) return;
      if (users > 0) continue;
      this.#users.delete(name);
      this.close(name);
    }
  }
}
