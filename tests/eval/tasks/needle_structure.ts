import assert from "node:assert/strict";
import type { RulerCase } from "./ruler_case.ts";

/** What a prompt of RULER's `niah` is made of, whatever was drawn. */
export interface NeedleStructure {
  /** Words around the context, keys masked. */
  readonly frame: string;
  /** The needle, masked. */
  readonly needles: readonly string[];
  /** Needles of every key that is asked for. */
  readonly asked: readonly number[];
  /** Needles of other keys; all other lines where the hay is needles. */
  readonly others: number | "every line";
  readonly keyForm: string;
  readonly valueForm: string;
  readonly layout: "running text" | "lines of noise" | "lines of needles";
}

const NEEDLE = /One of the special magic (\w+) for (.+?) is: (\S+)\./g;
const NOISE =
  "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again.";

/** Takes a prompt apart; the right answers must be the values of the keys that are asked for. */
export function needleStructure(
  { prompt, outputs }: RulerCase,
): NeedleStructure {
  const [, lead, context, question, query] =
    /^(.*?afterwards\.\n)(.*)(\nWhat .*? for (.*?) mentioned .*)$/s
      .exec(prompt)!;
  const asked = query!.split(/, and |, /);
  const needles = [...context!.matchAll(NEEDLE)].map(([, type, key, value]) => (
    { type, key: key!, value: value! }
  ));
  const ofKey = (key: string) => needles.filter((n) => n.key === key);
  const values = asked.flatMap((key) => ofKey(key).map(({ value }) => value));
  assert.deepEqual(values.toSorted(), outputs.toSorted());
  assert.equal(new Set(needles.map(({ value }) => value)).size, needles.length);
  const layout = layoutOf(context!);
  const others = needles.length - values.length;
  return {
    frame: lead +
      asked.reduce((text, key) => text.replaceAll(key, "KEY"), question!),
    needles: [...new Set(needles.map(({ type }) => type!))],
    asked: asked.map((key) => ofKey(key).length),
    others: layout === "lines of needles" ? "every line" : others,
    keyForm: formOf(needles.map(({ key }) => key)),
    valueForm: formOf(values),
    layout,
  };
}

/** Lines of the context. */
export function lineCount({ prompt }: RulerCase): number {
  return prompt.split("\n").length;
}

function layoutOf(context: string): NeedleStructure["layout"] {
  const rest = context.split("\n").filter((line) =>
    line.replace(NEEDLE, "") !== ""
  );
  if (rest.length === 0) return "lines of needles";
  if (rest.length === 1) return "running text";
  const whole = rest.slice(0, -1); // the last may be cut
  assert(whole.every((line) => line === NOISE));
  assert(NOISE.startsWith(rest.at(-1)!));
  return "lines of noise";
}

function formOf(texts: readonly string[]): string {
  const forms = new Set(texts.map((text) => {
    if (/^[1-9]\d{6}$/.test(text)) return "seven digits";
    const version4 =
      /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
    if (version4.test(text)) return "UUID";
    return /^[a-z' ]+(-[a-z' ]+)+$/i.test(text) ? "two words" : text;
  }));
  return [...forms].join(", ");
}
