import { of } from "rxjs";
import { z } from "zod";
import { single } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { Text } from "../types.ts";

/** Options of `source.inline`. */
export const SourceInlineOptions = z.strictObject({
  text: z.string().describe("the text itself"),
});

/** A text that stands in the graph file. */
export const sourceInline = defineStage({
  name: "source.inline",
  summary: "A text written in the graph file",
  inputs: {},
  outputs: { text: single(Text) },
  options: SourceInlineOptions,
  run: (_inputs, options) => ({
    text: of({ name: "inline", text: options.text }),
  }),
});
