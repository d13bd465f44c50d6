/** One way to look at a document: a graph with its settings. */
export interface FigureView {
  readonly name: string;
  /** Figures of the paper that it is for. */
  readonly figures: string;
  /** The views whose merged caches this one's is compared with. */
  readonly against?: readonly string[];
  /** Arguments of `parallelcomp analyze` behind the document and the question. */
  readonly args: readonly string[];
}

const whole = "nothing evicted";
const byVotes = "512 entries a chunk, by votes";
/** All chunks, none weighed by its score, so that only what is said differs. */
const all = [
  ...["--graph", "parallelcomp"],
  ...["--set", "keepChunks=all", "--set", "chunkBias=0"],
];
/** Widths are measured once, over what nothing was taken from. */
const noWidths = ["--widths", "256", "--width-tokens", "1"];

/** A zone of every chunk is dropped in one half of the layers, but for the first token. */
function zoneDropped(
  zones: readonly ("sink" | "recent")[],
  half: "early" | "late",
): FigureView {
  const depth = half === "early" ? "[0, 0.5]" : "[0.5, 1]";
  const rules = zones.map((zone) =>
    `{ zone: ${zone}, layers: { depth: ${depth} }, lambda: 1.0e-30 }`
  );
  const set = ["keepEntries=1000000", `rules=[${rules.join(", ")}]`];
  return {
    name: `${zones.join(" and ")} zone dropped, ${half} layers`,
    figures: "5",
    against: [whole],
    args: [...all, ...set.flatMap((value) => ["--set", value]), ...noWidths],
  };
}

/** What is looked at. */
export const figureViews: readonly FigureView[] = [
  {
    name: whole,
    figures: "1, 3, 4, theorem 3.1",
    args: ["--graph", "pcw"],
  },
  {
    name: byVotes,
    figures: "5",
    against: [whole],
    args: [...all, ...noWidths],
  },
  {
    name: "512 entries a chunk, by votes over the merged cache",
    figures: "5",
    against: [whole, byVotes],
    args: ["--graph", "bench/paper/figures/evict_merged.yaml", ...noWidths],
  },
  {
    name: "512 entries a chunk, by lot",
    figures: "5",
    against: [whole, byVotes],
    args: [
      ...["--graph", "random_eviction", "--set", "keepChunks=all"],
      ...noWidths,
    ],
  },
  zoneDropped(["sink"], "early"),
  zoneDropped(["sink"], "late"),
  zoneDropped(["recent"], "early"),
  zoneDropped(["recent"], "late"),
  zoneDropped(["sink", "recent"], "early"),
  zoneDropped(["sink", "recent"], "late"),
  {
    name: "the paper's calibration",
    figures: "6",
    args: ["--graph", "paper", "--rows", "1", ...noWidths],
  },
  {
    name: "the paper's calibration, lambda 0.01",
    figures: "6",
    args: [
      ...["--graph", "paper", "--set", "lambda=0.01", "--rows", "1"],
      ...noWidths,
    ],
  },
  {
    name: "calibration of all zones and layers, lambda 0.1",
    figures: "6",
    args: [
      ...[...all, "--set", "keepEntries=1000000"],
      ...["--set", "rules=[{ zone: all, lambda: 0.1 }]", "--rows", "1"],
      ...noWidths,
    ],
  },
];
