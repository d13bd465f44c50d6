import type { WidthMeasure } from "../../eval/analysis/analysis.ts";
import { meanLists } from "../../eval/analysis/mean_lists.ts";
import type { Prompt } from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { type Asking, headsOf, rowAttention } from "./row_attention.ts";

/** What is cut at every width. */
export interface WidthWork {
  readonly ids: Int32Array; // [tokens], of the document
  readonly prompt: Prompt;
  /** Widths that were asked for; none: powers of two from 256 on. */
  readonly widths?: readonly number[];
  /** Tokens of the document that are cut at most. */
  readonly most: number;
  readonly epsilons: readonly number[];
}

/** The start of the document, cut at each width; the same tokens at all widths. */
export interface MeasuredWidths {
  readonly widths: readonly WidthMeasure[];
  readonly widthTokens: number;
}

/** Prefills the document's start in chunks of each width and counts effective entries by query head. */
export async function measureWidths(
  asking: Asking,
  { ids, prompt, widths, most, epsilons }: WidthWork,
): Promise<MeasuredWidths> {
  const { lead, tail } = prompt;
  const largest = Math.min(
    asking.model.config.window - tail.length,
    lead.length + ids.length,
  );
  const chosen = widths ?? powersOfTwo(256, Math.min(largest, most));
  if (chosen.length === 0) return { widths: [], widthTokens: 0 };
  for (const width of chosen) checkWidth(width, lead.length, largest);
  const widest = Math.max(...chosen) - lead.length;
  const whole = Math.max(1, Math.floor(Math.min(ids.length, most) / widest));
  const text = ids.subarray(0, whole * widest); // [tokens]
  const measured: WidthMeasure[] = [];
  for (const width of chosen.toSorted((a, b) => a - b)) {
    const pieces = evenPieces(text, width - lead.length);
    const byHead = new Map<string, number[][]>();
    for (const piece of pieces) {
      for (const { layer, head, effective } of await heads(piece)) {
        const key = `${layer} ${head}`;
        byHead.set(key, [...byHead.get(key) ?? [], [...effective]]);
      }
    }
    measured.push({
      width: lead.length + pieces[0]!.length,
      chunks: pieces.length,
      heads: [...byHead].map(([key, lists]) => {
        const [layer, head] = key.split(" ").map(Number);
        return { layer: layer!, head: head!, effective: meanLists(lists) };
      }),
    });
  }
  return { widths: measured, widthTokens: text.length };

  async function heads(piece: Int32Array) {
    const { model, signal } = asking;
    const chunk = new Int32Array(lead.length + piece.length); // [tokens]
    chunk.set(lead);
    chunk.set(piece, lead.length);
    const [item] = await model.prefill([{ ids: chunk, tail }], signal);
    const { cache, question } = item!;
    try {
      const asked = { cache, position: chunk.length, question };
      const read = await rowAttention(asking, asked);
      return [...headsOf(read, epsilons)].map(({ layer, head, attention }) => ({
        layer,
        head,
        effective: attention.effective,
      }));
    } finally {
      cache.dispose?.();
    }
  }
}

function checkWidth(width: number, lead: number, largest: number): void {
  if (width > lead && width <= largest) return;
  throw new CliError(
    ExitCode.usage,
    `A chunk cannot be '${width}' entries wide: --widths takes ${
      lead + 1
    } to ${largest} with this model, question and document`,
  );
}

/** As few pieces as fit, their lengths at most one apart, the longest first. */
function evenPieces(text: Int32Array, most: number): Int32Array[] {
  const count = Math.ceil(text.length / most);
  return Array.from({ length: count }, (_, i) => {
    const cut = (at: number) => Math.ceil(at * text.length / count);
    return text.subarray(cut(i), cut(i + 1));
  });
}

function powersOfTwo(from: number, to: number): number[] {
  const powers: number[] = [];
  for (let power = from; power <= to; power *= 2) powers.push(power);
  if (to >= from && powers.at(-1)! < to) powers.push(to);
  return powers;
}
