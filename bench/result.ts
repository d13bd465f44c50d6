/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What a figure was measured on. */
export function machine(): object {
  const info = /model name\s*:\s*(.*)/.exec(
    Deno.readTextFileSync("/proc/cpuinfo"),
  );
  return {
    cpu: info?.[1] ?? "unknown",
    cores: navigator.hardwareConcurrency,
    deno: Deno.version.deno,
  };
}

/** Writes `bench/results/<name>.json`. */
export async function writeResult(name: string, data: object): Promise<void> {
  const folder = new URL("./results/", import.meta.url);
  await Deno.mkdir(folder, { recursive: true });
  const text = JSON.stringify(data, null, 1) + "\n";
  await Deno.writeTextFile(new URL(`${name}.json`, folder), text);
}
