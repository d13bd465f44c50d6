/** What a stage says while it works. */
export type StageEvent =
  /** Work done so far, for progress bars. */
  | {
    readonly type: "progress";
    readonly unit: "chunks" | "tokens" | "bytes";
    readonly done: number;
    readonly total?: number;
  }
  /** Something happened to one chunk. */
  | {
    readonly type: "chunk";
    readonly action:
      | "prefilled"
      | "scored"
      | "kept"
      | "dropped"
      | "evicted"
      | "calibrated"
      | "merged";
    readonly chunk: number;
    readonly score?: number;
    readonly entries?: number;
    readonly entriesBefore?: number;
    /** Bytes leased for the chunk's KV now, and before this happened. */
    readonly bytes?: number;
    readonly bytesBefore?: number;
  }
  /** Text as it is decoded; never cuts a character. */
  | { readonly type: "token"; readonly text: string }
  /** Something the user should know that is no error. */
  | { readonly type: "warning"; readonly message: string }
  /** What a model computes on: `cpu`, `webgpu` or `cuda`. */
  | { readonly type: "provider"; readonly provider: string }
  /** A named figure, for metrics: `prefillSeconds`, `kvBytes`. */
  | {
    readonly type: "metric";
    readonly name: string;
    readonly value: number;
    readonly unit: string;
  };

/** What the runner itself says about a node. */
export type NodeEvent =
  | { readonly type: "started" }
  | {
    readonly type: "completed";
    /** Values that left the node, over all its outputs. */
    readonly items: number;
    /** Wall seconds from the first subscription to completion. */
    readonly seconds: number;
  }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "cancelled" };

/** One event of a run: progress, logs and metrics all read this one stream. */
export type RunEvent = (StageEvent | NodeEvent) & {
  /** The node's name in the graph file. */
  readonly node: string;
  /** The node's stage. */
  readonly stage: string;
  /** Milliseconds since the run began. */
  readonly at: number;
};
