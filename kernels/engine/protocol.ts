import type { DType, Weight } from "../onnx/builder.ts";
import type { Provider } from "../provider/provider.ts";

/** Values of a tensor, by element type. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Uint16Array // float16
  | BigInt64Array
  | Int32Array
  | Int8Array
  | Uint8Array;

/** A tensor on its way to or from a worker. Data on shared memory is copied by the worker, other data moves. */
export interface WireTensor {
  readonly type: DType;
  readonly data: TensorData;
  readonly dims: readonly number[];
}

/** A tensor that stays in the worker under a name between runs. */
export interface Slot {
  readonly slot: string;
}

/** A float tensor put together by the worker; finite numbers of no meaning where no piece lies. */
export interface Gathered {
  readonly dims: readonly number[];
  readonly pieces: readonly {
    readonly data: Float32Array;
    /** Element at which it begins. */
    readonly at: number;
  }[];
}

/** A tensor with room behind the rows of every head; the room is memory that nobody has touched, and takes none. */
export interface Widened {
  readonly from: WireTensor | (Slot & Pick<WireTensor, "type" | "dims">); // [1, heads, rows, width]
  /** Rows of each head that are taken over. */
  readonly taken: number;
  /** Rows of each head that there is room for. */
  readonly capacity: number;
}

/** What feeds a session input. */
export type Feed = WireTensor | Gathered | Slot;

/** Copies a run of an output straight into shared memory, so that nothing large is moved twice. */
export interface OutputCopy {
  readonly output: string;
  /** First element read. */
  readonly from: number;
  readonly length: number;
  readonly target: Float32Array;
}

/** Copies all of a float tensor in a slot into shared memory. */
export interface SlotCopy {
  readonly slot: string;
  readonly target: Float32Array;
}
/**
 * How ONNX Runtime is called: through its npm package, or through its C interface, which leaves tensors on a device and
 * takes models of more than 2 GiB.
 */
export type EngineName = "npm" | "c";

/** Options of ONNX Runtime that a session is opened with. */
export interface SessionOptions {
  readonly threads: number;
  /** The same for all sessions of a worker; default `cpu`. */
  readonly provider?: Provider;
  /** The same for all sessions of a worker; default: `npm`. */
  readonly engine?: EngineName;
  /** Number of the CUDA device; the same for all sessions of a worker. */
  readonly device?: number;
  /** Runs that name a number may be recorded and replayed. */
  readonly replays?: boolean;
  /** Data of constants that the model's bytes only name; not every engine can be given such. */
  readonly weights?: Readonly<Record<string, Weight>>;
  /** Outputs that are best left where they are computed: runs keep them in slots. */
  readonly stay?: readonly string[];
  /** The folder of files that hold weights, where the model's bytes do not hold all of them. */
  readonly folder?: string;
}

/** Runs a session once. */
export interface RunRequest {
  readonly kind: "run";
  readonly session: string;
  readonly feeds: Readonly<Record<string, Feed>>;
  /** Outputs that come back. */
  readonly fetch: readonly string[];
  /** Outputs that are copied into shared memory. */
  readonly copies: readonly OutputCopy[];
  /** Outputs that stay in the worker: output name → slot. */
  readonly store: Readonly<Record<string, string>>;
  /** Runs it so often, default once; each run begins with what the one before stored, results are the last one's. */
  readonly times?: number;
  /**
   * Outputs are stored over what their slots hold, of the same type and shape, so that the memory stays where it is.
   * After an error its content is lost.
   */
  readonly inPlace?: boolean;
  /** Runs under one number use the same memory throughout: a device may record one and replay it. */
  readonly replay?: number;
}

/** Requests to a worker. */
export type Request =
  | {
    readonly kind: "open";
    readonly session: string;
    readonly model: Uint8Array;
    readonly options: SessionOptions;
  }
  | { readonly kind: "close"; readonly session: string }
  | {
    readonly kind: "bind";
    readonly tensors: Readonly<Record<string, WireTensor | Gathered>>;
  }
  /** Puts tensors with room into slots, in memory of the processor. */
  | {
    readonly kind: "widen";
    readonly tensors: Readonly<Record<string, Widened>>;
  }
  | { readonly kind: "unbind"; readonly slots: readonly string[] }
  | { readonly kind: "read"; readonly copies: readonly SlotCopy[] }
  /** Several runs one behind the other; what they fetch does not come back. */
  | { readonly kind: "runs"; readonly runs: readonly RunRequest[] }
  | RunRequest;

/** The last message: frees all that the worker holds, behind what it still computes. */
export interface End {
  readonly kind: "end";
  /** Of a `ReleaseTurn`. */
  readonly turn: SharedArrayBuffer;
}

/** A reply: the fetched outputs, or why not; at the end how many sessions were released. */
export type Reply =
  | { readonly outputs: Record<string, WireTensor> }
  | { readonly released: number }
  | { readonly error: string };
