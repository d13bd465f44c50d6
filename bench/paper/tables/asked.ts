/** The method of tables that is ours, the last column. */
export const ours = "default";

/** Full attention and methods of `eval/held_out.yaml`, the last but one `before`. */
const methodsWith = (before: string): readonly string[] => [
  "full attention",
  "truncation",
  "StreamingLLM",
  "PCW",
  "the paper's rule",
  before,
  ours,
];

/** Generated tasks that ask for one thing that stands in one place. */
export const singleFactTasks = [
  "niah_single_1",
  "niah_single_2",
  "niah_single_3",
  "niah_multikey_1",
  "niah_multikey_2",
  "niah_multikey_3",
  "fact",
] as const;

/** All generated tasks, in the order of the tables. */
export const tasks: readonly string[] = [
  ...singleFactTasks,
  "niah_multivalue",
  "niah_multiquery",
  "vt",
  "cwe",
  "fwe",
  "two-hop",
];

/** A run whose scores become tables. */
export interface AskedModel {
  /** Name of the run. */
  readonly run: string;
  readonly model: string;
  /** Tokens; the first is inside the window. */
  readonly lengths: readonly number[];
  /** Cells with fewer cases are not counted in {@linkcode apartTable}. */
  readonly enough: number;
  /** The columns; those of the last two have intervals. */
  readonly methods: readonly string[];
}

/** A run with tables that have a line for each of its methods. */
export interface AskedMethods {
  /** Name of the run. */
  readonly run: string;
  readonly tasks: readonly string[];
  /** Tokens. */
  readonly lengths: readonly number[];
  /** The method that all are compared with. */
  readonly against: string;
}

/** Every baseline. */
export const baselines: AskedMethods = {
  run: "baselines",
  tasks: ["niah_single_2", "niah_multikey_2", "fact", "niah_multivalue"],
  lengths: [2048, 8192],
  against: ours,
};

/** What could make answers as good past the window as inside it. */
export const openProblem: AskedMethods = {
  run: "open_problem",
  tasks: ["fact", "two-hop", "niah_multivalue", "niah_single_1"],
  lengths: [8192, 32768],
  against: ours,
};

/** The bundled model, window 2,048. */
export const tiny: AskedModel = {
  run: "held_out",
  model: "tiny",
  lengths: [2048, 8192, 32768, 131072],
  enough: 20,
  methods: methodsWith("merged"),
};

/** SmolLM2-135M-Instruct, window 8,192. */
export const smollm2: AskedModel = {
  run: "held_out_smollm2",
  model: "SmolLM2-135M",
  lengths: [8192, 16384, 32768],
  enough: 10,
  methods: methodsWith("half windows"),
};
