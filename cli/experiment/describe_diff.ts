import { formatBytes } from "../../mod.ts";
import type { Phase } from "../run/phase_clock.ts";
import { table } from "../terminal/sources.ts";
import type { Comparison } from "./compare_sides.ts";
import type { Side } from "./diff_side.ts";

const phases: readonly (Phase | "total")[] = [
  "load",
  "tokenize",
  "prefill",
  "score",
  "evict",
  "merge",
  "decode",
  "total",
];

/** What `diff` says to people. */
export function describeDiff(
  a: Side,
  b: Side,
  compared: Comparison,
): string {
  const row = (name: string, of: (side: Side) => string) => [
    name,
    of(a),
    of(b),
  ];
  const sides = table([
    ["", "A", "B"],
    row("graph", ({ graph }) => graph),
    row("answer", ({ answer }) => short(answer.answer)),
    row("tokens", ({ answer }) => String(answer.tokens)),
    row(
      "kept chunks",
      ({ answer }) =>
        `${
          answer.kept.map(({ chunk }) => chunk).join(" ")
        } of ${answer.chunks}`,
    ),
    row("entries a head", ({ answer }) => answer.contextTokens.toFixed(1)),
    row(
      "bytes decoded over",
      ({ bytes }) => bytes === undefined ? "–" : formatBytes(bytes),
    ),
    row("most KV bytes", ({ peakBytes }) => formatBytes(peakBytes)),
    ...phases.map((phase) =>
      row(`${phase} seconds`, ({ seconds }) => seconds[phase].toFixed(3))
    ),
  ]);
  return [
    sides,
    answers(compared),
    divergence(compared),
    kept(compared, again(a, b)),
  ]
    .join("\n");
}

function answers({ firstDifference: { token, a, b } }: Comparison): string {
  if (token === null) return "answers: the same tokens\n";
  const say = (text: string | null) => text === null ? "its end" : quote(text);
  return `answers: differ from token ${token + 1} on, ${say(a)} and ${
    say(b)
  }\n`;
}

function divergence({ kl }: Comparison): string {
  const name = "next token after the question";
  if ("notComparable" in kl) {
    return `${name}: not comparable, ${kl.notComparable}\n`;
  }
  const nats = (value: number) => value.toPrecision(3);
  const first = `KL(A‖B) ${nats(kl.ab)} nats, KL(B‖A) ${nats(kl.ba)} nats`;
  const most = Math.max(...kl.steps.map(({ ab }) => ab));
  const token = kl.steps.findIndex(({ ab }) => ab === most) + 1;
  return kl.steps.length === 1
    ? `${name}: ${first}\n`
    : `${name}: ${first}\nfarthest while the answers are the same: KL(A‖B) ${
      nats(most)
    } nats at token ${token}\n`;
}

/** Whose entries were read again, and what is compared then. */
function again(a: Side, b: Side): string {
  const sides = [a.again ? "A" : "", b.again ? "B" : ""].filter(Boolean);
  if (sides.length === 0) return "";
  return `by their places in the document, for ${
    sides.join(" and ")
  } read them again as one text, `;
}

function kept({ overlap }: Comparison, how: string): string {
  if ("notComparable" in overlap) {
    return `kept entries: not comparable, ${overlap.notComparable}\n`;
  }
  const { layers, jaccard, share } = overlap;
  const heads = layers[0]?.map((_, head) => `head ${head}`) ?? [];
  const cell = (one: { jaccard: number; share: number }) =>
    `${one.jaccard.toFixed(3)} (${one.share.toFixed(3)})`;
  const lines = table([
    ["layer", ...heads],
    ...layers.map((overlaps, layer) => [
      String(layer),
      ...overlaps.map(cell),
    ]),
  ]);
  return `kept entries: ${how}|A∩B|/|A∪B| ${jaccard.toFixed(3)}, |A∩B|/|A| ${
    share.toFixed(3)
  }; by layer and head:\n${lines}`;
}

const quote = (text: string) => JSON.stringify(text);

/** An answer on one line of a table. */
function short(text: string): string {
  const whole = quote(text);
  return whole.length > 48 ? `${whole.slice(0, 47)}…` : whole;
}
