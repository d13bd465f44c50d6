import { formatBytes } from "../../mod.ts";
import type { RunRecord } from "../record/run_record.ts";
import { table } from "../terminal/sources.ts";
import type { Ink } from "./ink.ts";
import { plainText } from "./plain_text.ts";
import { saidMetrics } from "./said_metrics.ts";

const WIDTH = 40;

/** Per node: when it was waited for, how long, and the KV that left it, and what it named as figures. */
export function textCosts(record: RunRecord, ink: Ink): string {
  const { costs } = record;
  const end = Math.max(
    ...costs.flatMap(({ work }) => work.map(([, to]) => to)),
  );
  const rows = costs.filter(({ busy }) => busy > 0).map((cost) => [
    plainText(cost.node),
    bar(cost.work, end),
    `${cost.busy.toFixed(3)} s`,
    [
      ...(cost.bytes > 0 ? [`${formatBytes(cost.bytes)} of KV out`] : []),
      ...saidMetrics(record, cost.node).map(plainText),
    ].join(", "),
  ]);
  if (rows.length === 0) return "";
  return `${ink.strong("time")}\n${table(rows)}`;
}

/** A line whose cells are filled as high as the share of their time that was worked. */
function bar(
  work: readonly (readonly [number, number])[],
  end: number,
): string {
  const shares = new Float64Array(WIDTH); // [cells]
  const scale = WIDTH / end;
  for (const [from, to] of work) {
    for (let cell = Math.floor(from * scale); cell < to * scale; cell++) {
      const covered = Math.min(to * scale, cell + 1) -
        Math.max(from * scale, cell);
      if (cell < WIDTH) shares[cell]! += covered;
    }
  }
  const height = (share: number) =>
    share === 0 ? 0 : Math.max(1, Math.min(8, Math.round(8 * share)));
  return Array.from(shares, (share) => "·▁▂▃▄▅▆▇█"[height(share)]).join("");
}
