import assert from "node:assert/strict";
import type { Owned } from "../../core/owned.ts";

/** A value that counts its owners and does not forgive mistakes. */
export class Tracked implements Owned {
  #owners = 1;
  constructor(readonly id: number) {}

  /** How many own it now. */
  get owners(): number {
    return this.#owners;
  }

  retain(): void {
    assert(this.#owners > 0, `value ${this.id} was retained after its end`);
    this.#owners++;
  }

  release(): void {
    assert(this.#owners > 0, `value ${this.id} was released twice`);
    this.#owners--;
  }
}

/** So many tracked values. */
export function tracked(count: number): Tracked[] {
  return Array.from({ length: count }, (_, id) => new Tracked(id));
}
