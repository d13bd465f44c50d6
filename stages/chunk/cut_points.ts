import type { TokenizedDocument } from "../types.ts";

/** Where a chunk may end: at any token, or rather at the end of a line or a sentence. */
export type Cut = "token" | "line" | "sentence";

/** How borders are laid. */
export interface CutRule {
  readonly cut: Cut;
  /** How far a border may move, as a share of a chunk. */
  readonly tolerance: number;
  /** Tokens that a chunk may hold at most. */
  readonly budget: number;
  /** Tokens that it should hold at most, by which chunks are counted. Default: the budget. */
  readonly size?: number;
}

/**
 * Borders `[0, …, N]` of ⌈N / size⌉ even pieces (sizes differ by at most 1, longer ones first), each moved to
 * the nearest line or sentence end within the tolerance. No piece is empty or above the budget.
 */
export function cutPoints(
  document: TokenizedDocument,
  bytes: Uint8Array,
  { cut, tolerance, budget, size = budget }: CutRule,
): number[] {
  const total = document.ids.length;
  const count = Math.max(1, Math.ceil(total / size));
  const even = Math.floor(total / count);
  const longer = total % count;
  const reach = cut === "token" ? 0 : Math.floor(tolerance * total / count);
  const ends = cut === "line" ? endsLine : endsSentence;
  const borders = [0];
  for (let i = 1; i < count; i++) {
    const ideal = i * even + Math.min(i, longer);
    const before = borders[i - 1]!;
    const least = Math.max(before + 1, total - (count - i) * budget);
    const most = Math.min(before + budget, total - (count - i));
    const within = Math.min(Math.max(ideal, least), most);
    borders.push(
      reach === 0
        ? within
        : nearest(within, reach, least, most, (token) =>
          ends(bytes, document.byteEnds[token - 1]!)),
    );
  }
  return [...borders, total];
}

/** The border nearest to `ideal` that `fits`; of two at the same distance the earlier. */
function nearest(
  ideal: number,
  reach: number,
  least: number,
  most: number,
  fits: (token: number) => boolean,
): number {
  for (let step = 0; step <= reach; step++) {
    if (ideal - step >= least && fits(ideal - step)) return ideal - step;
    if (ideal + step <= most && fits(ideal + step)) return ideal + step;
  }
  return ideal;
}

/** Whether a line ends just before byte `at`. */
function endsLine(bytes: Uint8Array, at: number): boolean {
  return bytes[at - 1] === 0x0a;
}

/** Whether a sentence ends just before byte `at`: `.`, `!`, `?` with closing quotes, then space; `。！？`; or a line. */
function endsSentence(bytes: Uint8Array, at: number): boolean {
  if (endsLine(bytes, at)) return true;
  if (wideStops.some((stop) => stop.every((b, i) => bytes[at - 3 + i] === b))) {
    return true;
  }
  const next = bytes[at];
  if (next !== undefined && !spaces.has(next)) return false;
  let last = at - 1;
  while (closers.has(bytes[last]!)) last--;
  return stops.has(bytes[last]!);
}

const codes = (text: string) => new TextEncoder().encode(text);
const stops = new Set(codes(".!?"));
const closers = new Set(codes(`"')]`));
const spaces = new Set(codes(" \n\r\t"));
const wideStops = ["。", "！", "？"].map(codes);
