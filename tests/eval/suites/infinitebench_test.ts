import assert from "node:assert/strict";
import { metricOf } from "../../../eval/metrics/mod.ts";
import {
  infinitebench,
  infinitebenchInfllm,
} from "../../../eval/suites/infinitebench.ts";
import type { Suite } from "../../../eval/suite.ts";
import { casesOf, withFolder } from "./made_folder.ts";

/** Records as InfiniteBench writes them, one a task. */
const records: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  passkey: { context: "noise", input: "The key?", answer: ["71432"] },
  number_string: { content: "noise", input: "Digits?", answer: "3000077442" },
  kv_retrieval: {
    context: "{}",
    input: '\nKey: "0a0a0a0a-0b0b-0c0c-0d0d-0e0e0e0e0e0e"\nValue?',
    answer: "1b",
  },
  longdialogue_qa_eng: { context: "A: hi", input: "", answer: ["ANNA"] },
  longbook_sum_eng: { context: "Book", input: "", answer: ["It ends."] },
  longbook_choice_eng: {
    context: "Book",
    input: "Who?",
    answer: ["Carl"],
    options: ["Anna", "Berta", "Carl", "Dora"],
  },
  longbook_qa_eng: { context: "Book", input: "Who?", answer: ["Anna", "she"] },
  longbook_qa_chn: { context: "书", input: "谁？", answer: ["安娜"] },
  math_find: {
    context: "[1, 2]",
    input: "The largest number of the list is: ",
    answer: 7.0,
  },
  math_calc: { context: "1 + 2", input: "", answer: [[1, 3]] },
  code_run: {
    context: "def func_3(x)",
    input: "the value of func_3(-7). Your",
    answer: -4,
  },
  code_debug: {
    context: "def f",
    input: "",
    answer: "g",
    options: ["f", "g", "h", "i"],
  },
};

const options = "{OPTION_A}|{OPTION_B}|{OPTION_C}|{OPTION_D}";
const templates: Readonly<Record<string, string>> = {
  passkey: "Find it.\n{context}\n{input} It is",
  number_string: "{context}{input}",
  kv_retrieval: "{context}{input}",
  longdialogue_qa_eng: "{context} Who?",
  longbook_sum_eng: "{context}\n\nSummary:",
  longbook_choice_eng: `{context} {question} ${options}`,
  longbook_qa_eng: "{context} {question}",
  longbook_qa_chn: "{context} {question}",
  math_find: "{prefix}\n{context}\n{input}",
  math_calc: "Compute {context}\nValues:",
  code_run: "There is {func}.\n{context}\n{func_call} is",
  code_debug: `{context} ${options}`,
};

const jsonl = Object.fromEntries(
  Object.entries(records).map((
    [task, record],
  ) => [`${task}.jsonl`, [{ id: 0, ...record }]]),
);
const python = `other = {"passkey": "no"}\n\nyarn_mistral_templates = {\n${
  Object.entries(templates).map(([task, text]) =>
    `    ${JSON.stringify(task)}: ${JSON.stringify(text)},  # noqa\n`
  ).join("")
}}\n`;

async function casesByTask(
  suite: Suite,
  files: Readonly<Record<string, string>>,
) {
  const found: Record<string, Awaited<ReturnType<typeof casesOf>>[number]> = {};
  await withFolder({ ...jsonl, ...files }, async (folder) => {
    for (const each of await casesOf(suite, folder)) found[each.task] = each;
  });
  return found;
}

Deno.test("infinitebench reads every task, with the prompts of prompt.py", async () => {
  const cases = await casesByTask(infinitebench, { "prompt.py": python });
  assert.deepEqual(Object.keys(cases), infinitebench.tasks);
  assert.deepEqual(
    Object.entries(cases).map((
      [task, { lead, document, question }],
    ) => [task, `${lead}<${document}>${question}`]),
    [
      ["passkey", "Find it.\n<noise>\nThe key? It is"],
      ["number_string", "<noise>Digits?"],
      [
        "kv_retrieval",
        '<{}>\nKey: "0a0a0a0a-0b0b-0c0c-0d0d-0e0e0e0e0e0e"\nValue?',
      ],
      ["longdialogue_qa_eng", "<A: hi> Who?"],
      ["longbook_sum_eng", "<Book>\n\nSummary:"],
      ["longbook_choice_eng", "<Book> Who? Anna|Berta|Carl|Dora"],
      ["longbook_qa_eng", "<Book> Who?"],
      ["longbook_qa_chn", "<书> 谁？"],
      [
        "math_find",
        "What is the largest number in the following list?\n<[1, 2]>\nThe largest number of the list is: ",
      ],
      ["math_calc", "Compute <1 + 2>\nValues:"],
      ["code_run", "There is func_3.\n<def func_3(x)>\nfunc_3(-7) is"],
      ["code_debug", "<def f> f|g|h|i"],
    ],
  );
  assert.deepEqual(
    Object.values(cases).map(({ expected }) => expected.join("|")),
    [
      "71432",
      "3000077442",
      "1b",
      "ANNA",
      "It ends.",
      "Carl|C",
      "Anna|she",
      "安娜",
      "7",
      "1|3",
      "-4",
      "g|B",
    ],
  );
  for (const { form, stop, files, options, task } of Object.values(cases)) {
    assert.equal(form, "plain");
    assert.deepEqual(stop, []);
    assert.equal(files![0]!.published, null);
    assert.equal(options?.length, /choice|debug/.test(task) ? 4 : undefined);
  }
});

Deno.test("infinitebench-infllm reads every task, with the prompts and lengths of InfLLM", async () => {
  const prompts = JSON.stringify({
    ...templates,
    kv_retrieval: "Value of {key}?\n{context}\n{input}",
    longbook_sum_eng: "Summarize.\n\n{context}",
    math_calc: "Compute.\n\n{context}",
  });
  const cases = await casesByTask(infinitebenchInfllm, {
    "dataset2prompt.json": prompts,
  });
  assert.deepEqual(Object.keys(cases), infinitebenchInfllm.tasks);
  assert.equal(
    cases["kv_retrieval"]!.lead,
    'Value of "0a0a0a0a-0b0b-0c0c-0d0d-0e0e0e0e0e0e"?\n',
  );
  assert.equal(cases["longbook_sum_eng"]!.question, "\n\nSummary:");
  assert.equal(cases["math_calc"]!.question, "\nValues:");
  assert.equal(cases["passkey"]!.maxTokens, 32);
  assert.equal(cases["passkey"]!.form, undefined);
  assert.equal(cases["code_debug"]!.metric, "infllm-code-debug");
});

Deno.test("infinitebench and infinitebench-infllm give every right answer its point", async () => {
  const right: Readonly<Record<string, string>> = {
    math_calc: "[1, 3]",
    longbook_choice_eng: "C",
    code_debug: "B.",
    longbook_qa_eng: "Anna",
  };
  const given: readonly (readonly [Suite, Readonly<Record<string, string>>])[] =
    [
      [infinitebench, { "prompt.py": python }],
      [infinitebenchInfllm, {
        "dataset2prompt.json": JSON.stringify(templates),
      }],
    ];
  for (const [suite, files] of given) {
    for (const each of Object.values(await casesByTask(suite, files))) {
      const { score } = metricOf(each.metric);
      const answer = right[each.task] ?? each.expected[0]!;
      assert.equal(score(answer, each), 1, each.task);
      assert.equal(score("xyz", each), 0, each.task);
    }
  }
});

Deno.test("infinitebench keeps a whole fraction apart from an integer", async () => {
  const text = `{"context": "", "input": "The median of", "answer": 5.0}\n`;
  const files = { "prompt.py": python, "math_find.jsonl": text };
  await withFolder(files, async (folder) => {
    const [found] = await casesOf(infinitebench, folder, {
      tasks: ["math_find"],
    });
    assert.deepEqual(found!.expected, ["5.0"]);
  });
});

Deno.test("infinitebench says what is wrong in a record, and where", async () => {
  const broken: readonly (readonly [string, object, RegExp])[] = [
    ["code_run", { input: "func(3)" }, /field 'input': no call such as/],
    ["math_find", { input: "Which?" }, /field 'input': no words/],
    ["code_debug", { answer: "x" }, /field 'answer': 'x' is none of the/],
    ["code_debug", { options: ["f"] }, /field 'options': four are needed/],
    ["passkey", { context: undefined }, /field 'context': the document is/],
    ["passkey", { answer: null }, /field 'answer': /],
  ];
  for (const [task, wrong, message] of broken) {
    const files = {
      "prompt.py": python,
      [`${task}.jsonl`]: [records[task], { ...records[task], ...wrong }],
    };
    await withFolder(files, async (folder) => {
      await assert.rejects(casesOf(infinitebench, folder, { tasks: [task] }), {
        name: "SyntaxError",
        message: new RegExp(`${task}\\.jsonl:2: ${message.source}`),
      });
    });
  }
});
