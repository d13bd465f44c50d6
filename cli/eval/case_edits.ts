import type { EvalCase } from "../../eval/eval_case.ts";
import { perplexity } from "../../eval/metrics/perplexity.ts";
import type { GraphFile } from "../../mod.ts";
import type { Edit } from "../experiment/variation.ts";

/** The stage that gives way to one that measures a given continuation. */
const DECODE = "decode";

/** How a run wants its prompts. */
export interface PromptWish {
  /** `auto` is chat where the model has a template, else raw: cases bring their own words. */
  readonly form: string;
  /** Whether the model has a chat template. */
  readonly chat: boolean;
}

/**
 * What a case changes in a graph: the prompt's form and template, how the answer begins, what is measured. A graph that
 * has nothing to measure a given continuation with is a `RangeError`.
 */
export function caseEdits(
  { nodes }: GraphFile,
  given: EvalCase,
  wish: PromptWish,
): Edit[] {
  const measured = given.metric === perplexity.name;
  if (measured && !Object.values(nodes).some(({ stage }) => stage === DECODE)) {
    throw new RangeError(
      `Perplexity is measured in the place of a node of the stage '${DECODE}', and the graph has none; leave this method out`,
    );
  }
  const options = measured
    ? { form: "plain", template: "{question}" } // the text goes on
    : promptOptions(given, wish);
  return Object.entries(nodes).flatMap(([node, { stage }]): Edit[] => {
    if (stage === "prompt") {
      return Object.entries(options).map(([option, value]) => ({
        kind: "option",
        node,
        path: [option],
        value,
      }));
    }
    if (stage !== DECODE || !measured) return [];
    const [text] = given.expected;
    return [
      { kind: "stage", node, stage: "decode.given" },
      { kind: "option", node, path: ["text"], value: text },
    ];
  });
}

function promptOptions(
  { lead, form, stop, answerPrefix }: EvalCase,
  wish: PromptWish,
): Record<string, unknown> {
  const wanted = form ?? wish.form;
  const chat = wanted === "chat" || wanted === "auto" && wish.chat;
  const completion = lead === undefined ? "raw" : "plain";
  const own = form === undefined && wanted === "plain" && lead === undefined;
  return {
    form: chat ? "chat" : own ? "plain" : completion,
    ...(lead !== undefined && { template: `${lead}{document}{question}` }),
    ...(stop !== undefined && { stop }),
    ...(answerPrefix !== undefined && { answerPrefix }),
  };
}
