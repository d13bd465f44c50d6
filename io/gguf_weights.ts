import type { ByteSource } from "./byte_source.ts";
import { FormatError } from "./format_error.ts";
import type { GgufFile } from "./gguf.ts";
import { huggingFaceName } from "./gguf_names.ts";
import { toHalfSplitRows } from "./gguf_rotary_order.ts";
import type { ModelConfig } from "./model_config.ts";
import { type StoredTensor, TensorWeights } from "./tensor_weights.ts";

/** Projections whose rows GGUF stores in rotary order. */
const ROTATED = /\.self_attn\.[qk]_proj\.(weight|bias)$/;

/** Tensors that are no weights of a layer. */
const ASIDE = /^rope_freqs\.weight$|\.attn_rot_embd$/;

/** The tensors of a GGUF file under Hugging Face's names and in its row order. */
export class GgufWeights extends TensorWeights {
  #config: Pick<ModelConfig, "headDim" | "ropeDim">;

  /** @throws {FormatError} If the file holds a tensor that a Llama model has no place for. */
  constructor(
    file: GgufFile,
    source: ByteSource,
    config: Pick<ModelConfig, "headDim" | "ropeDim">,
  ) {
    const tensors = new Map<string, StoredTensor>();
    for (const tensor of file.tensors.values()) {
      const name = huggingFaceName(tensor.name);
      if (name) tensors.set(name, { ...tensor, source });
      else if (!ASIDE.test(tensor.name)) {
        throw new FormatError(
          file.path,
          `tensor "${tensor.name}" has no place in a Llama model; this variant of the architecture is not supported`,
        );
      }
    }
    super(tensors);
    this.#config = config;
  }

  protected override async raw(
    name: string,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const data = await super.raw(name);
    return ROTATED.test(name)
      ? toHalfSplitRows(data, { ...this.#config, rows: this.shape(name)[0]! })
      : data;
  }
}
