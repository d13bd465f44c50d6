import { stopIdsOf } from "./end_tokens.ts";
import type { ModelConfig } from "../model_config.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** What a folder's files say of the tokens that begin and end texts. */
export interface TextEndParts {
  /** BOS of the model's own configuration. */
  readonly bosId: number | null | undefined;
  /** What ends a text by any of the configurations. */
  readonly eosIds: readonly (number | null | undefined)[];
  readonly tokenizerConfig?:
    | {
      readonly bos_token?: string | null | undefined;
      readonly eos_token?: string | null | undefined;
      readonly add_bos_token?: boolean | null | undefined;
    }
    | undefined;
  readonly tokenizer: Tokenizer;
  /** Whether the tokenizer's own post-processor starts texts with this id. */
  readonly startsWith: (id: number) => boolean;
}

/**
 * How texts begin and end. The tokenizer's BOS goes before that of the configuration, as prompts are written by it:
 * the configuration of some distilled models still has the id of the model that they were made from.
 */
export function textEnds(
  { bosId: given, eosIds, tokenizerConfig, tokenizer, startsWith }:
    TextEndParts,
): Pick<ModelConfig, "bosId" | "addBos" | "stopIds"> {
  const special = (text: string | null | undefined) =>
    text ? tokenizer.specialId(text) : undefined;
  const bosId = special(tokenizerConfig?.bos_token) ?? given ?? null;
  return {
    bosId,
    addBos: bosId !== null &&
      (tokenizerConfig?.add_bos_token ?? startsWith(bosId)),
    stopIds: stopIdsOf(
      [...eosIds, special(tokenizerConfig?.eos_token)],
      (text) => tokenizer.specialId(text),
    ),
  };
}
