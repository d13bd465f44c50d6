import { formatBytes } from "../../mod.ts";
import type { RunRecord } from "../record/run_record.ts";

/** What a node named as figures, ready to be read: `rereadTokens: 1,530 tokens`; of several values the sum. */
export function saidMetrics({ events }: RunRecord, node: string): string[] {
  const sums = new Map<string, { value: number; unit: string }>();
  for (const { type, node: from, name, value, unit } of events) {
    if (type !== "metric" || from !== node) continue;
    if (typeof name !== "string" || typeof value !== "number") continue;
    const sum = (sums.get(name)?.value ?? 0) + value;
    sums.set(name, { value: sum, unit: String(unit) });
  }
  return [...sums].map(([name, { value, unit }]) =>
    `${name}: ${
      unit === "bytes"
        ? formatBytes(value)
        : `${value.toLocaleString("en-GB")} ${unit}`
    }`
  );
}
