/** What `pullModel` tells while it works. */
export type PullEvent =
  /** What the model needs, before it is fetched. */
  | {
    readonly type: "plan";
    readonly repository: string;
    readonly commit: string;
    readonly files: readonly PlannedFile[];
    /** Bytes that will come over the network. */
    readonly bytes: number;
  }
  /** Bytes of a file that are on disk. */
  | {
    readonly type: "progress";
    readonly file: string;
    readonly done: number;
    readonly total: number;
  }
  /** A file is whole, checked, and under its name. */
  | { readonly type: "file"; readonly file: string; readonly bytes: number }
  /** Something failed and is tried again after `wait` milliseconds. */
  | { readonly type: "retry"; readonly reason: string; readonly wait: number }
  /** Another process pulls the same model; `holder` is its number, or empty. */
  | { readonly type: "waiting"; readonly holder: string };

/** A file that a model needs. */
export interface PlannedFile {
  readonly path: string;
  readonly bytes: number;
  /** Bytes of it that are here already. */
  readonly here: number;
}
