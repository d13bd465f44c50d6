import type { GgufMetadata } from "./gguf/gguf_metadata.ts";
import type { HfConfig } from "./huggingface/hf_config_schema.ts";
import type { ModelConfig } from "./model_config.ts";
import type { LayerRole } from "./tensor_role.ts";

/**
 * What a kind of file calls the tensors of a layer, without layer and `.weight`; a tensor of several roles holds
 * their rows one below the other.
 */
export type LayerNames = Readonly<
  Record<string, LayerRole | readonly LayerRole[]>
>;

/** What `config.json` or GGUF metadata say beyond what all architectures share. */
export type Particulars = Partial<ModelConfig>;

/** A model architecture: what files call its parts, and in what it differs from Llama. */
export interface Architecture {
  /** `model_type` in `config.json`, and the model's architecture here. */
  readonly name: string;
  /** `general.architecture` in GGUF files, where they have one of their own. */
  readonly ggufName: string | undefined;
  /** What of `config.json` may be left out, as transformers fills it in. */
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly hfNames: LayerNames;
  readonly ggufNames: LayerNames;
  /** GGUF files hold the two rows of query and key that turn together side by side; others half a rotary width apart. */
  readonly ggufPairs: boolean;
  /** Safetensors hold the weights of norms less one. */
  readonly normsLessOne: boolean;
  /** Query and key norms go over whole rows, not heads. */
  readonly wholeRowNorms: boolean;
  /** A part of a head may rotate. */
  readonly partialRotary: boolean;
  /** Reads `config.json`. */
  fromHf(config: HfConfig, path: string): Particulars;
  /** Reads GGUF metadata; `shared` is what all architectures have. */
  fromGguf(meta: GgufMetadata, shared: ModelConfig): Particulars;
}
