import { InvalidArgumentError } from "@commander-js/extra-typings";
import { didYouMean } from "../../mod.ts";

/** Reads `name=number` into a record that has defaults; repeated. */
export function namedNumbers<T extends object>(
  defaults: T,
): (text: string, before: T) => T {
  return (text, before) => {
    const [, name, number] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    const value = Number(number);
    if (name === undefined || !(value > 0 && value < Infinity)) {
      throw new InvalidArgumentError("Write name=number, a number above 0.");
    }
    if (!Object.hasOwn(defaults, name)) {
      const known = Object.keys(defaults);
      throw new InvalidArgumentError(
        `There is no '${name}'${didYouMean(name, known)}`,
      );
    }
    return { ...before, [name]: value };
  };
}

/** Names with their values, for help. */
export function sayNumbers(values: object): string {
  return Object.entries(values).map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

/** Reads shares apart by commas: numbers above 0 and below 1, rising. */
export function readShares(text: string): number[] {
  const shares = text.split(",").map(Number);
  if (shares.every((share) => share > 0 && share < 1)) {
    return [...new Set(shares)].sort((a, b) => a - b);
  }
  throw new InvalidArgumentError(
    "Write numbers between 0 and 1, such as 0.1,0.3.",
  );
}
