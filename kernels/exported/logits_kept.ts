import type { ExportedBuilder } from "./exported_builder.ts";

/** Whether an input says for how many of the last rows there are logits, as exports for transformers.js have one. */
export function saysLogitsKept(name: string): boolean {
  return name === "num_logits_to_keep" || name === "logits_to_keep";
}

/** Lets such an input ask for the logits of all rows; which ones are computed is chosen behind it. */
export function keepAllLogits(g: ExportedBuilder): void {
  for (const { name, type, dims } of g.decoder.file.inputs) {
    if (!saysLogitsKept(name)) continue;
    const shape = g.ints(...dims.map(() => 1));
    const all = g.op("Reshape", [g.ints(0), shape]); // [] or [1]
    g.replace(name, g.op("Cast", [all], { to: type }));
  }
}
