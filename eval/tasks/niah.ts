import type { Draft, DrawnFor, GeneratedTask } from "./generated_task.ts";
import { drawNeedle, needle, type NeedleType } from "./needle.ts";
import { noiseLines, plantInLines, plantInText } from "./plant.ts";
import { distinct, pick, type Random, seeded, shuffled } from "./random.ts";
import { askNeedles } from "./ruler_templates.ts";

/** A task of needles in a haystack: the arguments of RULER's `scripts/data/synthetic/niah.py`. */
export interface NeedleTask {
  readonly name: string;
  readonly haystack: "noise" | "essay" | "needle";
  readonly keys: NeedleType;
  readonly values: NeedleType;
  readonly numKeys: number;
  /** Values of every key. */
  readonly numValues: number;
  /** Keys that are asked for. */
  readonly numQueries: number;
}

/** The task of those arguments. */
export function niah(task: NeedleTask): GeneratedTask {
  const count = task.numQueries * task.numValues;
  const valueTokens = task.values === "uuids" ? 48 : 16;
  return {
    name: task.name,
    summary: summaryOf(task),
    source:
      "RULER (arXiv 2404.06654), scripts/synthetic.yaml and scripts/data/synthetic/niah.py",
    metric: "contains-all",
    maxTokens: { short: count * valueTokens, ruler: 128 },
    draw: (random, given) => draw(task, random, given),
  };
}

function draw(task: NeedleTask, random: Random, given: DrawnFor): Draft {
  const { numValues, numQueries } = task;
  const keys = distinct(
    Math.max(task.numKeys, numQueries),
    () => drawNeedle(task.keys, random),
  );
  const values = keys.map(() =>
    distinct(numValues, () => drawNeedle(task.values, random))
  );
  const needles = keys.map((key, i) =>
    values[i]!.map((value) => needle(task.values, key, value))
  );
  const asked = pick([...keys.keys()], numQueries, random);
  const planted = shuffled(needles.flat(), random);
  const document = haystackOf(task, planted, keys, random, given);
  const { lead, question, answerPrefix } = askNeedles(
    task.values,
    asked.map((i) => keys[i]!),
    numValues,
  );
  return {
    ...(given.template === "ruler"
      ? { lead, question, stop: [] }
      : { question: question.trimStart() }),
    answerPrefix,
    expected: asked.flatMap((i) => values[i]!),
    evidence: asked.flatMap((i) => needles[i]!),
    least: task.haystack === "noise" ? 5 * planted.length : planted.length,
    document,
  };
}

function haystackOf(
  { haystack, keys: keyType, values }: NeedleTask,
  planted: readonly string[],
  keys: readonly string[],
  random: Random,
  given: DrawnFor,
): (size: number) => string {
  if (haystack === "essay") {
    return plantInText(given.haystack, planted, random);
  }
  if (haystack === "noise") return plantInLines(noiseLines, planted, random);
  const others = seeded(random() * 2 ** 32); // lines come later and must not change what else is drawn
  const used = new Set(keys);
  const hay: string[] = [];
  const more = (lines: number) => {
    while (hay.length < lines) {
      const key = drawNeedle(keyType, others);
      if (used.has(key)) continue;
      used.add(key);
      hay.push(needle(values, key, drawNeedle(values, others)));
    }
    return hay.slice(0, lines);
  };
  return plantInLines(more, planted, random);
}

function summaryOf(task: NeedleTask): string {
  const { haystack, keys, values, numValues, numQueries } = task;
  const others = Math.max(task.numKeys, numQueries) - numQueries;
  const asked = numQueries > 1 ? `${numQueries} keys, ` : "";
  const parts = [
    `${asked}${
      numValues > 1 ? `${numValues} values` : "one value"
    } of ${values}`,
    `keys are ${keys}`,
    haystack === "needle" ? "among needles alone" : `in ${haystack}`,
    ...(others > 0 ? [`${others} other keys`] : []),
  ];
  return parts.join(", ");
}
