import { of } from "rxjs";
import { z } from "zod";
import { single } from "../core/port.ts";
import { defineStage } from "../core/stage.ts";
import { Model, Text, TokenizedDocument } from "./types.ts";
import { withSingles } from "./with_singles.ts";

/** Options of `tokenize`: none. */
export const TokenizeOptions = z.strictObject({});

/** Encodes the document as plain text: nothing in it becomes a special token. */
export const tokenize = defineStage({
  name: "tokenize",
  summary: "The document as token ids, with the way back to its bytes",
  inputs: { text: single(Text), model: single(Model) },
  outputs: { tokens: single(TokenizedDocument) },
  options: TokenizeOptions,
  run: (inputs, _options, ctx) => ({
    tokens: withSingles(
      { text: inputs.text, model: inputs.model },
      ({ text, model }) => {
        const { ids, byteEnds } = model.tokenizer.encodeWithOffsets(text.text);
        if (ids.length === 0) {
          ctx.emit({
            type: "warning",
            message:
              `Document '${text.name}' is empty: the question is answered without context`,
          });
        }
        return of({ source: text, ids, byteEnds });
      },
    ),
  }),
});
