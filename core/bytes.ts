const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** Bytes for people: `512 bytes`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  while (bytes >= 1024 && unit < UNITS.length - 1) {
    bytes /= 1024;
    unit++;
  }
  return `${Number(bytes.toFixed(bytes < 10 ? 2 : 1))} ${UNITS[unit]}`;
}
