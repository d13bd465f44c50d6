import { digits, letters } from "./drawn_text.ts";
import type { Draft, DrawnFor, GeneratedTask } from "./generated_task.ts";
import { fitSize } from "./fit_size.ts";
import { noiseLines, plantInLines } from "./plant.ts";
import { distinct, type Random } from "./random.ts";
import { askVariables } from "./ruler_templates.ts";

const HOPS = 4;
/** Tokens of RULER's solved example without its answer (`variable_tracking.py`, `main`). */
const EXAMPLE_TOKENS = 500;
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** A value passes from variable to variable; all that hold it are asked for (RULER's `vt`). */
export const variableTracking: GeneratedTask = {
  name: "vt",
  summary: `one chain of ${HOPS + 1} variables in noise`,
  source:
    "RULER (arXiv 2404.06654), scripts/synthetic.yaml and scripts/data/synthetic/variable_tracking.py",
  metric: "contains-all",
  maxTokens: { short: 32, ruler: 30 },
  draw,
};

function draw(random: Random, { template, tokens }: DrawnFor): Draft {
  const value = digits(5, random);
  const { variables, lines } = chain(5, value, random);
  const document = plantInLines(noiseLines, lines, random);
  const planted = {
    expected: variables,
    evidence: lines.map((line) => line.trim()),
    least: 5 * lines.length,
  };
  if (template === "short") {
    return {
      ...planted,
      question: `Question: Which variables have the value ${value}?`,
      answerPrefix: "\nAnswer: VAR",
      document,
    };
  }
  const { lead, question, answerPrefix } = askVariables(value, HOPS + 1);
  const start = `${example(random, tokens)}\n\n${lead}`; // too long for every chunk
  return {
    ...planted,
    lead: "",
    question,
    answerPrefix,
    stop: [],
    document: (size) => start + document(size),
  };
}

/** The solved example in front of RULER's prompt: a chain of names of three letters in a little noise. */
function example(random: Random, tokens: DrawnFor["tokens"]): string {
  const value = digits(5, random);
  const { variables, lines } = chain(3, value, random);
  const document = plantInLines(noiseLines, lines, random);
  const { lead, question, answerPrefix } = askVariables(value, HOPS + 1);
  const asked = (noise: number) =>
    lead + document(5 * noise) + question + answerPrefix;
  const least = lines.length;
  const size = fitSize((n) => tokens(asked(n)), EXAMPLE_TOKENS, least);
  return `${asked(size ?? least)} ${variables.join(" ")}`;
}

/** `VAR A = 12345`, then `VAR B = VAR A ` and so on; names and lines (`variable_tracking.py`, `generate_chains`). */
function chain(letterCount: number, value: string, random: Random) {
  const variables = distinct(
    HOPS + 1,
    () => letters(letterCount, UPPER, random),
  );
  const lines = variables.map((name, i) =>
    i === 0
      ? `VAR ${name} = ${value}`
      : `VAR ${name} = VAR ${variables[i - 1]} `
  );
  return { variables, lines };
}
