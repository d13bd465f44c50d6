import { median } from "../statistics/median.ts";
import { medianInterval } from "../statistics/median_interval.ts";
import { type Block, heading, text } from "./blocks.ts";
import { byClass, methodClasses } from "./method_class.ts";
import { type DoneReportRow, doneRows, type ReportRow } from "./report_row.ts";
import { cellText, isPerplexity, scoreCell } from "./score_cell.ts";
import { distinct, lengthName, lengthsOf } from "./setting.ts";

/** Score, time and memory by length and method; classes of methods apart. */
export function costSections(rows: readonly ReportRow[]): Block[] {
  const done = doneRows(rows);
  if (done.length === 0) return [];
  return [
    heading(3, "Score, time and memory"),
    text(
      `Accuracy is the mean over all cases of the length, of texts that are measured their perplexity, with its 95 % bootstrap interval. Seconds are medians over cases with their 95 % intervals (of fewer than six cases their range), each as if its case ran alone; what several methods compute alike is counted in full for each.${
        together(done)
      } KV kept is what the answer is decoded over, peak KV the most that was held at once in any case.`,
    ),
    ...byClass(done).flatMap(([one, own]) =>
      lengthsOf(own).map((length) =>
        costTable(
          `${methodClasses[one]}, ${lengthName(length)}`,
          doneRows(own).filter((row) => row.length === length),
        )
      )
    ),
  ];
}

/** Why seconds of some rows may not compare. */
function together(rows: readonly ReportRow[]): string {
  const jobs = rows.map(({ command }) =>
    Number(/ --jobs[ =](\d+)/.exec(command ?? "")?.[1] ?? 1)
  );
  const most = distinct(jobs).sort((a, b) => a - b);
  return most.at(-1) === 1
    ? ""
    : ` ${
      most.join(" or ")
    } cases shared the machine at a time, so seconds compare only among rows of one command.`;
}

function costTable(caption: string, rows: readonly DoneReportRow[]): Block {
  const measured = rows.every(isPerplexity);
  return {
    kind: "table",
    caption,
    head: [
      "method",
      measured ? "perplexity" : "accuracy",
      "seconds",
      "first token, s",
      "entries a head",
      "KV kept, MiB",
      "peak KV, MiB",
    ],
    rows: distinct(rows.map(({ method }) => method)).map((method) => {
      const own = rows.filter((row) => row.method === method);
      const first = own.flatMap((row) => row.firstTokenSeconds ?? []);
      return [
        method,
        cellText(
          scoreCell(own.filter((row) => isPerplexity(row) === measured)),
        ),
        secondsText(own.map(({ seconds }) => seconds)),
        first.length === 0 ? "–" : secondsText(first),
        median(own.map(({ kept }) => kept.entries)).toLocaleString("en", {
          maximumFractionDigits: 0,
        }),
        mebibytes(median(own.map(({ kept }) => kept.bytes))),
        mebibytes(Math.max(...own.map(({ peakBytes }) => peakBytes))),
      ];
    }),
  };
}

function secondsText(values: readonly number[]): string {
  const { low, high } = medianInterval(values);
  const [middle, from, to] = [median(values), low, high]
    .map((seconds) => seconds.toFixed(2));
  return `${middle} [${from}, ${to}]`;
}

const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
