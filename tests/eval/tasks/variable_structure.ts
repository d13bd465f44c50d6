import assert from "node:assert/strict";
import type { RulerCase } from "./ruler_case.ts";

/** What a chain of variables is made of. */
interface Chain {
  /** Its lines, names and value masked. */
  readonly lines: readonly string[];
  readonly letters: number;
  readonly digits: number;
}

/** What a prompt of RULER's `vt` is made of, whatever was drawn. */
export interface VariableStructure {
  readonly frames: readonly string[];
  readonly example: Chain;
  readonly chain: Chain;
}

const PROMPT =
  /(Memorize and track .*?\n\n)(.*?)(\nQuestion: .*?they are: )(.*?)(?=\n\nMemorize|$)/gs;

/** Takes a prompt apart; the right answers must be the chain's variables. */
export function variableStructure(
  { prompt, outputs }: RulerCase,
): VariableStructure {
  const parts = [...prompt.matchAll(PROMPT)].map(
    ([, lead, context, question, answer]) => ({
      lead,
      context,
      question,
      answer,
    }),
  );
  assert.equal(parts.length, 2);
  assert.equal(parts[1]!.answer, "");
  const [example, asked] = parts.map(({ context }) => chainOf(context!));
  assert.equal(parts[0]!.answer!.trim(), example!.names.join(" "));
  assert.deepEqual(asked!.names, [...outputs]);
  const frames = parts.map(({ lead, question }, i) =>
    `${lead}|${question}`.replaceAll([example, asked][i]!.value, "VALUE")
  );
  return { frames, example: example!.chain, chain: asked!.chain };
}

function chainOf(context: string) {
  const lines = context.split("\n").filter((line) => line.startsWith("VAR"));
  const names = lines.map((line) => /VAR (\w+) =/.exec(line)![1]!);
  const value = /= (\d+)$/.exec(lines[0]!)![1]!;
  const mask = (text: string) =>
    names.reduce(
      (masked, name, i) => masked.replaceAll(name, `<${i}>`),
      text.replace(value, "VALUE"),
    );
  const chain: Chain = {
    lines: lines.map(mask),
    letters: names[0]!.length,
    digits: value.length,
  };
  return { names, value, chain };
}
