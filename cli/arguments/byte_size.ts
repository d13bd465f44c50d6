import { InvalidArgumentError } from "commander";

const factors: Readonly<Record<string, number>> = {
  "": 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/** Reads a size such as `4GB`, `512M` or `1.5 GiB`, of at least a byte; units are powers of 1024. */
export function parseByteSize(text: string): number {
  const bytes = byteSize(text);
  if (bytes) return bytes;
  throw new InvalidArgumentError("Write a size such as 512MB or 4GB.");
}

/** Reads a size that may be 0. */
export function parseByteSizeOrNone(text: string): number {
  const bytes = byteSize(text);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError("Write a size such as 512MB or 4GB, or 0.");
}

function byteSize(text: string): number | undefined {
  const parts = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*$/i.exec(text);
  if (!parts) return undefined;
  return Math.floor(Number(parts[1]) * factors[parts[2]!.toLowerCase()]!);
}
