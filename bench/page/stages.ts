import { median } from "../result.ts";
import type { Drawing, Figure } from "./figure.ts";
import { type RangeBar, rangeBars, READ } from "./range_bars.ts";
import { rounds } from "./rounds.ts";

interface Stages {
  readonly model: string;
  readonly run: {
    readonly tokens: number;
    readonly window: number;
    readonly answerTokens: number;
    readonly runs: Readonly<
      Record<
        string,
        readonly {
          readonly firstTokenSeconds: number;
          readonly phases: Readonly<Record<string, number>>;
        }[]
      >
    >;
    readonly peakBytes: Readonly<Record<string, number>>;
  };
}

const phases = ["load", "tokenize", "prefill", "score", "evict", "merge"];
const sideOf = (name: string) =>
  name === "llamaCppQ40" ? "llama.cpp, Q4_0, all at once" : `ours, ${name}`;
const kindOf = (name: string) => name === "llamaCppQ40" ? "llama.cpp" : "ours";

/** A whole question: first token, stages, memory. */
export const stages: Drawing = {
  of: /^cpu_stages$/,
  draw: (results) =>
    [...results].flatMap(([file, data]) => draw(file, data as Stages)),
};

function draw(file: string, { model, run }: Stages): Figure[] {
  const { tokens, window, runs, peakBytes, answerTokens } = run;
  const setting = `${model}. A text of ${
    tokens.toLocaleString("en")
  } tokens; ours in chunks that fit ${
    window.toLocaleString("en")
  }, llama.cpp all of it with full attention. Models are open and warm.`;
  const first = Object.entries(runs).map(([name, all]): RangeBar => ({
    group: "",
    side: sideOf(name),
    kind: kindOf(name),
    ...rounds(all.map(({ firstTokenSeconds }) => firstTokenSeconds)),
  }));
  const peaks = Object.entries(peakBytes).map(([name, bytes]): RangeBar => ({
    group: "",
    side: sideOf(name),
    kind: kindOf(name),
    ...rounds([bytes / 2 ** 20]),
  }));
  const parts = Object.entries(runs).flatMap(([name, all]) =>
    [...phases, "decode"].map((phase, order) => ({
      side: sideOf(name),
      phase,
      order,
      seconds: median(all.map((one) => one.phases[phase] ?? 0)),
    }))
  );
  return [{
    title: "First token of a question",
    says: `${setting} ${READ}`,
    files: [file],
    chart: rangeBars(first, "seconds to the first token", ".2f"),
  }, {
    title: "The same run, stage by stage",
    says:
      `Medians of each stage, up to the end of an answer of ${answerTokens} tokens; what llama.cpp reads is all prefill.`,
    files: [file],
    chart: {
      data: { values: parts },
      width: 460,
      height: { step: 26 },
      mark: "bar",
      encoding: {
        x: { field: "seconds", type: "quantitative", title: "seconds" },
        y: { field: "side", type: "nominal", sort: null, title: null },
        order: { field: "order" },
        color: {
          field: "phase",
          type: "nominal",
          sort: [...phases, "decode"],
          title: null,
          legend: { orient: "bottom" },
        },
      },
    },
  }, {
    title: "Peak memory of that question",
    says:
      `The kernel's high-water mark, read once: ours of a process that asks one question, llama.cpp's of the one that answered all rounds. ${model}.`,
    files: [file],
    chart: rangeBars(peaks, "MiB"),
  }];
}
