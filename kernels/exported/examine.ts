import type { NodeProto } from "onnx-buf";
import type { ExportedDecoder } from "../../io/exported/exported_decoder.ts";
import { type AttentionSite, UnreadableAttention } from "./attention_site.ts";
import { findSites } from "./find_sites.ts";
import { GraphIndex } from "./graph_index.ts";
import { liveInputs } from "./live_inputs.ts";
import { saysLogitsKept } from "./logits_kept.ts";

/** The oldest operator set whose forms the kernels here can be written in. */
const OLDEST_OPSET = 13;

/** What an exported decoder is, and whether its attention can be taken over. */
export interface Examined {
  readonly graph: GraphIndex;
  /** By layer; none where there is a problem with attention. */
  readonly sites: readonly AttentionSite[];
  /** Inputs that are needed beside attention, with the nodes that read them. */
  readonly live: ReadonlyMap<string, readonly NodeProto[]>;
  /** What says where a row stands. */
  readonly positions:
    | "position_ids"
    | "attention operator"
    | "cache length"
    | "nothing";
  /** Why its attention cannot be taken over, though the model computes as it is; absent where it can. */
  readonly whole?: string;
  /** Why it cannot be used, and what would work. */
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
    const reason =
      `its attention cannot be read, in ${error.message}; ${EXPORT_AGAIN}`;
    const lacks = wholeLacks(file);
    if (lacks === undefined && problems.length === 0) {
      const positions = "position_ids";
      return {
        graph,
        sites,
        live: new Map(),
        positions,
        whole: reason,
        problems,
      };
    }
    problems.push(lacks ? `${reason}, for ${lacks}` : reason);
  }
  const caps = new Set(sites.map(({ scoreCap }) => scoreCap));
  if (caps.size > 1) {
    problems.push(
      `its layers cap scores differently (${
        [...caps].map((cap) => cap ?? "none").join(", ")
      })`,
    );
  }
  const live = liveInputs(graph, sites);
  const positions = positionsOf(live, sites);
  if (sites.length > 0) problems.push(...problemsOf(live, positions));
  return { graph, sites, live, positions, problems };
}

/** Why a model cannot compute as it was exported either; nothing where it can. */
function wholeLacks({ inputs }: ExportedDecoder["file"]): string | undefined {
  const names = inputs.map(({ name }) => name);
  if (!names.includes("position_ids")) {
    return "it has no position_ids input either: positions follow from the cache's length, so a question cannot stand at position N over a merged cache";
  }
  const other = names.find((name) => !saysLength(name) && !isGiven(name));
  return other && `it takes "${other}", which is not known, either`;
}

function positionsOf(
  live: Examined["live"],
  sites: readonly AttentionSite[],
): Examined["positions"] {
  if (live.has("position_ids")) return "position_ids";
  if (sites.some(({ rotary }) => rotary)) return "attention operator";
  return [...live.keys()].some(saysLength) ? "cache length" : "nothing";
}

/** Inputs that session graphs have something for. */
function isGiven(name: string): boolean {
  return name === "input_ids" || name === "position_ids" ||
    saysLogitsKept(name);
}

/** Inputs in whose place something can stand that is as long as the cache would be. */
export function saysLength(name: string): boolean {
  return name === "attention_mask" || name.startsWith("past_key_values.");
}

function problemsOf(
  live: Examined["live"],
  positions: Examined["positions"],
): string[] {
  if (positions === "nothing") {
    return [
      `nothing outside its attention says positions: it has no position_ids input, and what attention adds to scores by position would be lost; ${EXPORT_AGAIN}`,
    ];
  }
  const others = [...live].flatMap(([name, readers]) => {
    if (isGiven(name)) return [];
    const reader = saysLength(name)
      ? readers.find(({ opType }) =>
        name !== "attention_mask" && opType !== "Shape"
      )
      : readers[0];
    return reader ? [`${name} (read by ${reader.name || reader.opType})`] : [];
  });
  if (others.length === 0) return [];
  return [
    `beside attention it still needs ${
      others.slice(0, 3).join(", ")
    }, which a chunk's cache cannot give; ${EXPORT_AGAIN}`,
  ];
}
