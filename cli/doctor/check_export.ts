import type { ExportedDecoder } from "../../io/exported/exported_decoder.ts";
import { kvTypeName } from "../../io/exported/exported_layout.ts";
import type { ModelFile } from "../../io/model_file.ts";
import {
  type Examined,
  examineExported,
  type ModelConfig,
  siteConfig,
} from "../../mod.ts";
import { ExitCode } from "../terminal/exit_code.ts";
import { absent, fails, type Finding, finding } from "./finding.ts";

/** What is said of an exported graph, and the configuration with what the graph says; nothing of other models. */
export function checkExport(
  { config, exported }: ModelFile,
): { readonly config: ModelConfig; readonly found: readonly Finding[] } {
  if (!exported) return { config, found: [] };
  const examined = examineExported(exported);
  const found = [finding("export", describeExport(exported, examined))];
  for (const problem of examined.problems) {
    found.push(fails("export", problem, ExitCode.model));
  }
  if (examined.problems.length > 0) return { config, found };
  found.push(finding("positions", POSITIONS[examined.positions]));
  if (examined.whole !== undefined) {
    found.push(
      absent(
        "stages",
        `prefill, requery, scores, selection, merge and decode work with the export's own attention; attention votes, calibration, prefill.question, fused eviction, 8-bit caches and sets that differ in size do not: ${examined.whole}`,
      ),
    );
    return { config, found };
  }
  found.push(
    finding(
      "stages",
      "all: the kernels' attention takes the place of the export's in every layer, so attention votes, eviction by head, calibration and 8-bit caches work",
    ),
  );
  return { config: siteConfig(config, examined), found };
}

const POSITIONS: Readonly<Record<Examined["positions"], string>> = {
  "position_ids": "input position_ids",
  "attention operator":
    "the export's attention rotates by its cache's length; RotaryEmbedding with the same tables takes its place, at any position",
  "cache length":
    "follow from the cache's length: the graph is shown a cache of the right length; chunks of different lengths are asked one after the other",
  "nothing": "unknown",
};

function describeExport(
  { file, layout, external }: ExportedDecoder,
  { sites }: Examined,
): string {
  const operators = [...new Set(sites.map(({ op }) => op))];
  const attention = operators.length === 0
    ? "attention not understood"
    : operators.map((op) =>
      op === "Softmax" ? "attention written out" : `attention by ${op}`
    ).join(" and ");
  return [
    `ONNX operator set ${file.opsets.get("")}`,
    ...(file.producer ? [`by ${file.producer}`] : []),
    attention,
    `${kvTypeName(layout.kvType)} cache`,
    external.size > 0
      ? `weights in ${[...external.keys()].join(", ")}`
      : "weights in the model's own file",
  ].join(", ");
}
