import { z } from "zod";
import { single } from "../../core/port.ts";
import { abortable, defineStage } from "../../core/stage.ts";
import { readText } from "../../io/files/text_file.ts";
import { Text } from "../types.ts";

/** Options of `source.stdin`: none. */
export const SourceStdinOptions = z.strictObject({});

/** Everything that standard input holds. */
export const sourceStdin = defineStage({
  name: "source.stdin",
  summary: "Standard input, as text",
  inputs: {},
  outputs: { text: single(Text) },
  options: SourceStdinOptions,
  run: (_inputs, _options, ctx) => ({
    text: abortable(async (signal) => {
      const { text, warnings } = await readText("-", { signal });
      for (const message of warnings) ctx.emit({ type: "warning", message });
      return { name: "-", text };
    }),
  }),
});
