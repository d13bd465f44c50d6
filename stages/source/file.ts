import { z } from "zod";
import { single } from "../../core/port.ts";
import { abortable, defineStage } from "../../core/stage.ts";
import { readText } from "../../io/files/text_file.ts";
import { Text } from "../types.ts";

/** Options of `source.file`. */
export const SourceFileOptions = z.strictObject({
  path: z.string().min(1).describe("text file, UTF-8"),
});

/** A text file. What is not UTF-8 becomes U+FFFD, with a warning. */
export const sourceFile = defineStage({
  name: "source.file",
  summary: "A text file",
  inputs: {},
  outputs: { text: single(Text) },
  options: SourceFileOptions,
  run: (_inputs, { path }, ctx) => ({
    text: abortable(async (signal) => {
      const { text, warnings } = await readText(path, { signal });
      for (const message of warnings) ctx.emit({ type: "warning", message });
      return { name: path, text };
    }),
  }),
});
