import { type ByteSource, openByteSource } from "./byte_source.ts";
import { checkConfig, checkVocabulary } from "./config_check.ts";
import { readGguf } from "./gguf.ts";
import { ggufArchitecture, ggufConfig } from "./gguf_config.ts";
import { GgufMetadata } from "./gguf_metadata.ts";
import { ggufTokenizer } from "./gguf_tokenizer.ts";
import { GgufWeights } from "./gguf_weights.ts";
import { jinjaTemplate } from "./jinja_template.ts";
import type { ModelFile } from "./model_file.ts";
import { checkWeights } from "./weights_check.ts";

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
    ggufArchitecture(meta);
    const tokenizer = ggufTokenizer(meta);
    const rope = file.tensors.get("rope_freqs.weight");
    const factors = rope &&
      rope.format.decode(await source.read(rope.offset, rope.bytes));
    const config = ggufConfig(file, tokenizer, factors);
    checkConfig(config, path);
    checkVocabulary(tokenizer, config, path);
    const weights = new GgufWeights(file, source, config);
    checkWeights(weights, config, path);
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
