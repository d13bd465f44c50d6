const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/**
 * Bytes for people.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatBytes } from "parallelcomp";
 *
 * assert.equal(formatBytes(512), "512 bytes");
 * assert.equal(formatBytes(1.5 * 2 ** 30), "1.5 GiB");
 * ```
 */
export function formatBytes(bytes: number): string {
  let unit = 0;
  while (bytes >= 1024 && unit < UNITS.length - 1) {
    bytes /= 1024;
    unit++;
  }
  return `${Number(bytes.toFixed(bytes < 10 ? 2 : 1))} ${UNITS[unit]}`;
}
