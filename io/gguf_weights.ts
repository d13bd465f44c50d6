import type { ByteSource } from "./byte_source.ts";
import type { GgufFile } from "./gguf.ts";
import { huggingFaceName } from "./gguf_names.ts";
import { toHalfSplitRows } from "./gguf_rotary_order.ts";
import type { GgufTensor } from "./gguf_tensor.ts";
import type { ModelConfig } from "./model_config.ts";
import type { WeightSource } from "./weights.ts";

/** Projections whose rows GGUF stores in rotary order. */
const ROTATED = /\.self_attn\.[qk]_proj\.(weight|bias)$/;

/** The tensors of a GGUF file under Hugging Face's names and in its row order. */
export function ggufWeights(
  file: GgufFile,
  source: ByteSource,
  config: Pick<ModelConfig, "headDim" | "ropeDim">,
): WeightSource {
  const tensors = new Map<string, GgufTensor>();
  for (const tensor of file.tensors.values()) {
    const name = huggingFaceName(tensor.name);
    if (name) tensors.set(name, tensor);
  }
  const find = (name: string): GgufTensor => {
    const tensor = tensors.get(name);
    if (tensor) return tensor;
    throw new RangeError(`No tensor "${name}" in "${file.path}"`);
  };
  const raw = async (name: string): Promise<Uint8Array<ArrayBuffer>> => {
    const { offset, bytes, shape } = find(name);
    const data = await source.read(offset, bytes);
    return ROTATED.test(name)
      ? toHalfSplitRows(data, { ...config, rows: shape[0]! })
      : data;
  };
  return {
    names: [...tensors.keys()],
    has: (name) => tensors.has(name),
    shape: (name) => find(name).shape,
    bytes: (name) => find(name).bytes,
    async read(name) {
      const { format } = find(name);
      const data = await raw(name);
      return format.repack
        ? format.repack(data)
        : { kind: "dense", data: format.decode(data) };
    },
    async readDense(name) {
      return find(name).format.decode(await raw(name));
    },
  };
}
