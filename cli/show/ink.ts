import { styleText } from "node:util";

/** How text is made to stand out. */
export interface Ink {
  /** Headings. */
  strong(text: string): string;
  /** What matters less. */
  faint(text: string): string;
  /** Document text that was kept by this share of all heads, in (0, 1]. */
  kept(text: string, share: number): string;
  /** What the marks of `kept` mean. */
  readonly legend: string;
}

const style = (format: Parameters<typeof styleText>[0], text: string) =>
  text.split("\n").map((line) =>
    line === "" ? "" : styleText(format, line, { validateStream: false })
  ).join("\n");

/** Colours of a terminal. */
export const colours: Ink = {
  strong: (text) => style("bold", text),
  faint: (text) => style("dim", text),
  kept: (text, share) => style(shades[shadeOf(share)]!, text),
  get legend() {
    const [low, middle, most, all] = [0.1, 0.3, 0.6, 1];
    return `kept by ${this.kept("under a quarter", low!)}, ${
      this.kept("under half", middle!)
    }, ${this.kept("most", most!)}, ${this.kept("all", all!)} of the heads; ${
      this.faint("evicted")
    }`;
  },
};

const shades = [
  ["yellow", "dim"],
  ["yellow"],
  ["yellow", "bold"],
  ["black", "bgYellow"],
] as const satisfies Parameters<typeof styleText>[0][];

/** 0 to 3. */
function shadeOf(share: number): number {
  return share >= 1 ? 3 : share >= 0.5 ? 2 : share >= 0.25 ? 1 : 0;
}

/** Marks for where there are no colours: a pipe, a file. */
export const marks: Ink = {
  strong: (text) => text,
  faint: (text) => text,
  kept: (text, share) => `{+${Math.max(1, Math.floor(9 * share))}:${text}+}`,
  legend:
    "{+9:…+} is kept by all heads of all layers, {+1:…+} by the fewest; the rest is evicted",
};
