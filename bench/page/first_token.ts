import type { Drawing } from "./figure.ts";
import { rangeBars, READ } from "./range_bars.ts";
import { rounds } from "./rounds.ts";

interface FirstToken {
  readonly tokens: number;
  /** By run and question. */
  readonly firstTokenSeconds: readonly (readonly number[])[];
}

/** Time to the first token of one question after another on a document. */
export const firstToken: Drawing = {
  of: /^chat_first_token$/,
  draw: (results) =>
    [...results].map(([file, data]) => {
      const { tokens, firstTokenSeconds } = data as FirstToken;
      const bars = firstTokenSeconds[0]!.map((_, question) => ({
        group: `${tokens.toLocaleString("en")} tokens, chat`,
        side: `question ${question + 1}${
          question === 0 ? ", reads the document" : ""
        }`,
        kind: "ours",
        ...rounds(firstTokenSeconds.map((run) => run[question]!)),
      }));
      return {
        title: "First token, question after question",
        says: `Bundled model; the document is read once. ${READ}`,
        files: [file],
        chart: rangeBars(bars, "seconds to the first token", ".2f"),
      };
    }),
};
