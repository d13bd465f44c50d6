import type { StepGraphs } from "../family/step_graph.ts";
import type { GraphBuilder } from "../onnx/builder.ts";
import type { CacheForm } from "../cache/cache_form.ts";
import type { Eviction } from "../eviction/eviction.ts";

/**
 * Where the session graphs come from that hold a model's weights: written by a family, or cut out of an exported
 * model. What they take and give is the same (`prefillGraph`, `decodeGraph`, `queryGraph`), but for how ids enter.
 */
export interface SessionGraphs {
  /** Rows of all items of a batch must stand at the same positions. */
  readonly onePosition?: boolean;
  /** Chunks, with or without a question behind them; with an eviction only what it keeps comes out. */
  prefill(question: boolean, eviction?: Eviction): Promise<GraphBuilder>;
  /** New rows over caches of a form. */
  decode(form: CacheForm): Promise<GraphBuilder>;
  /** Query vectors of a chunk's own rows. */
  queries(): Promise<GraphBuilder>;
  /** Steps whose state stays on the device, where the model can be computed so. */
  readonly steps?: StepGraphs;
}
