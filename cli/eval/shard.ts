import { InvalidArgumentError } from "@commander-js/extra-typings";
import { sha256 } from "../experiment/sha256.ts";

/** A part of the cases, the same whatever else is chosen. */
export interface Shard {
  readonly part: number;
  readonly of: number;
  has(id: string): boolean;
}

/** Reads `2/4`: the second of four parts, split by a hash of the cases' ids. */
export function readShard(text: string): Shard {
  const [, part, of] = /^([1-9]\d{0,5})\/([1-9]\d{0,5})$/.exec(text) ?? [];
  if (part === undefined || Number(part) > Number(of)) {
    throw new InvalidArgumentError("Write a part and how many there are: 1/4.");
  }
  return {
    part: Number(part),
    of: Number(of),
    has: (id) =>
      parseInt(sha256(id).slice(0, 8), 16) % Number(of) === Number(part) - 1,
  };
}
