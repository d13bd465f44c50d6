import { ggufArchitecture } from "../architecture_support.ts";
import { type ByteSource, openByteSource } from "../files/byte_source.ts";
import { checkConfig, checkVocabulary } from "../config_check.ts";
import { type GgufFile, readGguf } from "./gguf.ts";
import { FormatError } from "../format_error.ts";
import { fileNames } from "../file_names.ts";
import { ggufConfig } from "./gguf_config.ts";
import { GgufMetadata } from "./gguf_metadata.ts";
import { readRopeFactors } from "./gguf_rope.ts";
import { ggufTokenizer } from "./gguf_tokenizer.ts";
import { jinjaTemplate } from "../tokenizer/jinja_template.ts";
import type { ModelFile } from "../model_file.ts";
import type { Architecture } from "../architecture.ts";
import { TensorWeights } from "../tensor_weights.ts";
import { tensorsByRole } from "../tensors_by_role.ts";
import type { ModelConfig } from "../model_config.ts";
import { checkWeights } from "../weights_check.ts";

/** Opens a GGUF file; see `openModel`. */
export async function openGguf(path: string): Promise<ModelFile> {
  return await ggufModel(await openByteSource(path));
}

/** A model out of the bytes of a GGUF file, which it closes when disposed or on failure. */
export async function ggufModel(source: ByteSource): Promise<ModelFile> {
  const { path } = source;
  try {
    const file = await readGguf(source);
    const meta = new GgufMetadata(file);
    const architecture = ggufArchitecture(meta);
    const tokenizer = ggufTokenizer(meta);
    const factors = await readRopeFactors(file, source);
    const config = ggufConfig(file, architecture, tokenizer, factors);
    checkConfig(config, path);
    checkVocabulary(tokenizer, config, path);
    const weights = weightsOf(file, source, architecture, config);
    const template = meta.string("tokenizer.chat_template");
    const tokens = meta.strings("tokenizer.ggml.tokens") ?? [];
    const tokenText = (name: string) =>
      tokens[meta.number(`tokenizer.ggml.${name}_token_id`) ?? -1] ?? "";
    return {
      path,
      bytes: source.size,
      config,
      weights,
      tokenizer,
      ...(template === undefined ? {} : {
        chatTemplate: jinjaTemplate(template, {
          bosToken: tokenText("bos"),
          eosToken: tokenText("eos"),
          addBos: config.addBos,
        }, path),
      }),
      [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
    };
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

/** Tensors that are no weights of a layer. */
const ASIDE =
  /^rope_(freqs|factors_long|factors_short)\.weight$|\.attn_rot_embd$/;

function weightsOf(
  file: GgufFile,
  source: ByteSource,
  architecture: Architecture,
  config: ModelConfig,
): TensorWeights {
  const { path } = source;
  const names = fileNames("gguf", architecture);
  const stored = new Map(
    [...file.tensors].map(([name, tensor]) => [name, { ...tensor, source }]),
  );
  const aside = (fileName: string) => {
    if (ASIDE.test(fileName)) return;
    throw new FormatError(
      path,
      `tensor "${fileName}" has no place in a ${architecture.name} model; this variant of the architecture is not supported`,
    );
  };
  const weights = new TensorWeights(
    tensorsByRole(stored, {
      kind: "gguf",
      names,
      architecture,
      config,
      path,
      aside,
    }),
  );
  checkWeights(weights, config, { architecture, inFile: names.inFile, path });
  return weights;
}
