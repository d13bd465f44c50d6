import type {
  CalibrationEffect,
  HeadCalibration,
} from "../../eval/analysis/analysis.ts";
import { mean } from "../../eval/statistics/mean.ts";
import { headEntries, type KvCache } from "../../mod.ts";
import type { CalibratingNode } from "./analyzed_parts.ts";
import type { RowAttention } from "./row_attention.ts";

/** Abnormal entries of some caches: at the input of a calibrating node, or at its output. */
export class AbnormalEntries {
  #caches = 0;
  readonly #entries: number[] = [];
  /** layers × heads × thresholds */
  readonly #counts: number[][][] = [];

  constructor(readonly thresholds: readonly number[]) {}

  /** Counts one more cache: entries whose attention, the mean over the rows, is above each threshold. */
  add({ cache, rows }: RowAttention): void {
    this.#caches++;
    this.#entries.push(meanEntriesOf(cache));
    for (const [l, { entries }] of cache.layers.entries()) {
      const heads = rows[0]![l]!.length / entries;
      const layer = this.#counts[l] ??= [];
      for (let head = 0; head < heads; head++) {
        const counts = layer[head] ??= this.thresholds.map(() => 0);
        for (let at = head * entries; at < (head + 1) * entries; at++) {
          const paid = mean(rows.map((row) => row[l]![at]!));
          for (const [t, threshold] of this.thresholds.entries()) {
            if (paid > threshold) counts[t]!++;
          }
        }
      }
    }
  }

  /** What lies between these caches and those behind the node. */
  to(after: AbnormalEntries, { node }: CalibratingNode): CalibrationEffect {
    const heads = this.#counts.flatMap((layer, l) =>
      layer.map((_, head): HeadCalibration => ({
        layer: l,
        head,
        before: this.#mean(l, head),
        after: after.#mean(l, head),
      }))
    );
    return {
      node: node.name,
      stage: node.stage.name,
      caches: this.#caches,
      entriesBefore: mean(this.#entries),
      entriesAfter: mean(after.#entries),
      heads,
    };
  }

  #mean(layer: number, head: number): number[] {
    return this.#counts[layer]![head]!.map((count) => count / this.#caches);
  }
}

function meanEntriesOf({ layers, kvHeads }: KvCache): number {
  return mean(
    layers.map((layer) =>
      mean(
        Array.from({ length: kvHeads }, (_, head) => headEntries(layer, head)),
      )
    ),
  );
}
