import type { ChatTemplate } from "./tokenizer/chat_template.ts";
import type { ExportedDecoder } from "./exported/exported_decoder.ts";
import type { ModelConfig } from "./model_config.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";
import type { WeightSource } from "./weights.ts";

/** A model on disk: everything but the kernels that run it. */
export interface ModelFile extends AsyncDisposable {
  /** The file or folder, as the caller named it. */
  readonly path: string;
  /** Size of all weight files together. */
  readonly bytes: number;
  readonly config: ModelConfig;
  /** Readable until the model is disposed. */
  readonly weights: WeightSource;
  /** The graph of an exported model, which holds the weights. */
  readonly exported?: ExportedDecoder;
  readonly tokenizer: Tokenizer;
  readonly chatTemplate?: ChatTemplate;
}
