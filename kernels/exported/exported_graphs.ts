import type { ExportedDecoder } from "../../io/exported/exported_decoder.ts";
import { FormatError } from "../../io/format_error.ts";
import type { ModelConfig } from "../../io/model_config.ts";
import type { SessionGraphs } from "../model/session_graphs.ts";
import { type Examined, examineExported, saysLength } from "./examine.ts";
import { exportedDecode } from "./exported_decode.ts";
import { exportedPrefill } from "./exported_prefill.ts";
import { exportedQueries } from "./exported_queries.ts";
import { siteConfig } from "./site_config.ts";

/**
 * Session graphs cut out of an exported decoder: its own attention is replaced by the kernels here, which know ragged,
 * corrected and 8-bit caches; all else stays as it is.
 *
 * @throws {FormatError} If it cannot be done, with the reason and what would work.
 */
export function exportedGraphs(
  decoder: ExportedDecoder,
  given: ModelConfig,
  examined: Examined = examineExported(decoder),
): { readonly graphs: SessionGraphs; readonly config: ModelConfig } {
  const [problem = examined.whole] = examined.problems;
  if (problem) throw new FormatError(decoder.file.path, problem);
  const model = { decoder, examined };
  const config = siteConfig(given, examined);
  const graphs: SessionGraphs = {
    onePosition: [...examined.live.keys()].some(saysLength),
    prefill: (question, eviction) =>
      exportedPrefill(model, config, question, eviction),
    decode: (form) => exportedDecode(model, config, form),
    queries: () => exportedQueries(model, config),
  };
  return { graphs, config };
}
