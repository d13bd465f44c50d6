import type { ExportedDecoder } from "../../io/exported_decoder.ts";
import { type AttentionSite, UnreadableAttention } from "./attention_site.ts";
import { findSites } from "./find_sites.ts";
import { GraphIndex } from "./graph_index.ts";
import { liveInputs } from "./live_inputs.ts";

/** The oldest operator set whose forms the kernels here can be written in. */
export const OLDEST_OPSET = 13;

/** What an exported decoder is, and whether its attention can be taken over. */
export interface Examined {
  readonly graph: GraphIndex;
  /** By layer; none where there is a problem with attention. */
  readonly sites: readonly AttentionSite[];
  /** Where positions come from. */
  readonly positions: "position_ids" | "attention operator" | "cache length";
  /** Why it cannot be used, and what would work; empty where all stages can. */
  readonly problems: readonly string[];
}

/** An exported decoder with what was found in it. */
export interface ExportedModel {
  readonly decoder: ExportedDecoder;
  readonly examined: Examined;
}

const EXPORT_AGAIN =
  "export it with Optimum (optimum-cli export onnx --task text-generation-with-past) or onnxruntime-genai's model builder";

/** Looks for the attention of every layer, and for what else the graph needs. */
export function examineExported({ file, layout }: ExportedDecoder): Examined {
  const graph = new GraphIndex(file);
  const problems: string[] = [];
  const opset = file.opsets.get("")!;
  if (opset < OLDEST_OPSET) {
    problems.push(
      `it uses operator set ${opset}; export it with ${OLDEST_OPSET} or a later one`,
    );
  }
  let sites: AttentionSite[] = [];
  try {
    sites = findSites(graph, layout.layers);
  } catch (error) {
    if (!(error instanceof UnreadableAttention)) throw error;
    problems.push(
      `its attention cannot be read, in ${error.message}; ${EXPORT_AGAIN}`,
    );
  }
  const caps = new Set(sites.map(({ scoreCap }) => scoreCap));
  if (caps.size > 1) {
    problems.push(
      `its layers cap scores differently (${[...caps].join(", ")})`,
    );
  }
  const live = liveInputs(graph, sites);
  const rotates = sites.some(({ rotary }) => rotary);
  const positions = live.has("position_ids")
    ? "position_ids"
    : rotates
    ? "attention operator"
    : "cache length";
  if (sites.length > 0) {
    const others = [...live].filter(([name]) =>
      name !== "input_ids" && name !== "position_ids"
    );
    if (positions === "cache length") {
      const [from] = others;
      problems.push(
        `it has no position_ids input: positions follow from the cache's length${
          from ? ` (${from[1]} reads ${from[0]})` : ""
        }, so a question cannot stand at position N over a merged cache; ${EXPORT_AGAIN}`,
      );
    } else if (others.length > 0) {
      const named = others.slice(0, 3).map(([name, reader]) =>
        `${name} (read by ${reader})`
      );
      problems.push(
        `beside attention it still needs ${
          named.join(", ")
        }, which caches of other lengths cannot give; ${EXPORT_AGAIN}`,
      );
    }
  }
  return { graph, sites, positions, problems };
}
