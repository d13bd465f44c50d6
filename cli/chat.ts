import { Command } from "@commander-js/extra-typings";
import { parseByteSizeOrNone } from "./arguments/byte_size.ts";
import { chatWith } from "./run/chat_with.ts";
import * as shared from "./arguments/flags.ts";

/** `chat`: several questions about one document. */
export const chat = new Command("chat")
  .summary("ask several questions about a document")
  .description(
    "Reads a document once and keeps every chunk's KV cache, so that each further question is answered at once. Questions are lines of standard input; an empty line is skipped, /exit or the end of the input ends.",
  )
  .argument("<file>", "document, a UTF-8 text")
  .option(
    "--kv-memory <size>",
    "keep KV caches in memory up to this size (0: none), the rest in a temporary file (in TMPDIR)",
    parseByteSizeOrNone,
    2 * 2 ** 30,
  )
  .option(
    "--question-tokens <n>",
    "room for a question with its template, in tokens",
    shared.positiveInteger,
    128,
  )
  .addOption(shared.graphOption)
  .addOption(shared.setOption)
  .addOption(shared.modelOption)
  .addOption(shared.promptOption)
  .addOption(shared.maxTokensOption)
  .addOption(shared.threadsOption)
  .addOption(shared.providerOption)
  .addOption(shared.memoryOption)
  .addOption(shared.jsonOption)
  .addOption(shared.checkedOption)
  .addOption(shared.trustOption)
  .action((file, flags) => chatWith(file, flags));
