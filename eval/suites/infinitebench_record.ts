import { z } from "zod";
import type { RecordCase } from "./published_data.ts";

const text = z.string();

/** A record of InfiniteBench; numbers as the text in the file. */
export const InfinitebenchRecord = z.object({
  context: text.optional(),
  /** What `context` is called in some files. */
  content: text.optional(),
  input: text,
  answer: z.union([
    text,
    z.array(text).min(1),
    z.array(z.array(text)).min(1),
  ]),
  options: z.array(text).nullable().optional(),
});

type Record = z.output<typeof InfinitebenchRecord>;

const letters = "ABCD";

/** The names that a record gives to prompts, and its answer, as `create_prompt` and `get_answer` of src/eval_utils.py do. */
export function infinitebenchCase(record: Record, task: string): RecordCase {
  const { context, content, input, options } = record;
  const document = context ?? content;
  if (document === undefined) {
    throw new RangeError("field 'context': the document is missing");
  }
  const values = { input, question: input, ...namesOf(record, task) };
  const isChoice = task === "code_debug" || task === "longbook_choice_eng";
  return {
    document,
    values,
    expected: isChoice ? choiceOf(record) : answersOf(record),
    ...(options && options.length > 0 && { options }),
  };
}

function namesOf(record: Record, task: string): { [name: string]: string } {
  const { input } = record;
  switch (task) {
    case "code_debug":
    case "longbook_choice_eng": {
      const names = optionsOf(record).map((option, i) =>
        [`OPTION_${letters[i]}`, option] as const
      );
      return Object.fromEntries(names);
    }
    case "code_run": {
      const call = /func_[0-9]+\(-?[0-9]+\)/.exec(input)?.[0];
      if (call === undefined) {
        throw new RangeError("field 'input': no call such as 'func_3(7)'");
      }
      return { func: call.slice(0, call.indexOf("(")), func_call: call };
    }
    case "math_find": {
      const found = /The .+ of/.exec(input)?.[0];
      if (found === undefined) {
        throw new RangeError("field 'input': no words 'The … of'");
      }
      const number = found.toLowerCase().slice(0, -" of".length);
      return { prefix: `What is ${number} in the following list?` };
    }
    case "kv_retrieval": {
      // InfLLM's prompt names the key: the 36 characters of a UUID and its quotes, behind `Key: `.
      const key = /^.{6}("[^"]{36}")/s.exec(input)?.[1];
      return key === undefined ? {} : { key };
    }
    default:
      return {};
  }
}

function optionsOf({ options }: Record): readonly string[] {
  if (options?.length === 4) return options;
  throw new RangeError("field 'options': four are needed");
}

/** The right option's text and its letter. */
function choiceOf(record: Record): readonly string[] {
  const answers = answersOf(record);
  const [text, letter] = answers;
  if (answers.length === 2 && letters.includes(letter!)) return answers;
  const at = optionsOf(record).indexOf(text!);
  if (at < 0 || answers.length > 1) {
    throw new RangeError(`field 'answer': '${text}' is none of the options`);
  }
  return [text!, letters[at]!];
}

function answersOf({ answer }: Record): readonly string[] {
  if (typeof answer === "string") return [answer];
  const [first] = answer;
  return Array.isArray(first) ? first : answer as readonly string[];
}
