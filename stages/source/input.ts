import { map, take } from "rxjs";
import { z } from "zod";
import { single } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { Text } from "../types.ts";

/** Options of `source.input`. */
export const SourceInputOptions = z.strictObject({
  name: z.string().min(1).describe(
    "name under which the caller gives the text: document, question, …",
  ),
});

/** A text that the caller of the run feeds in: a string, or a {@linkcode Text} with its name. */
export const sourceInput = defineStage({
  name: "source.input",
  summary: "A text that the caller of the run gives by name",
  inputs: {},
  outputs: { text: single(Text) },
  options: SourceInputOptions,
  run: (_inputs, { name }, ctx) => {
    const input = ctx.inputs[name];
    if (!input) {
      const given = Object.keys(ctx.inputs);
      throw new RangeError(
        `Input '${name}' is not given; pass inputs: { ${name}: of("…") } to the run (given: ${
          given.join(", ") || "none"
        })`,
      );
    }
    return { text: input.pipe(take(1), map((value) => toText(name, value))) };
  },
});

function toText(name: string, value: unknown): Text {
  if (typeof value === "string") return { name, text: value };
  const text = value as Partial<Text> | null;
  if (typeof text === "object" && typeof text?.text === "string") {
    return { name: text.name ?? name, text: text.text };
  }
  throw new TypeError(
    `Input '${name}' must be a string or { name, text }, got ${typeof value}`,
  );
}
