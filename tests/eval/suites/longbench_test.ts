import assert from "node:assert/strict";
import { metricOf } from "../../../eval/metrics/mod.ts";
import { longbench, longbenchE } from "../../../eval/suites/longbench.ts";
import { longbenchChecksums } from "../../../eval/suites/longbench_checksums.ts";
import { casesOf, withFolder } from "./made_folder.ts";

/** A record as LongBench writes it. */
function record(given: Readonly<Record<string, unknown>> = {}) {
  return {
    input: "Who came?",
    context: "Anna came. {input}",
    answers: ["Anna", "her"],
    length: 4321,
    dataset: "made",
    language: "en",
    all_classes: null,
    _id: "0f",
    ...given,
  };
}

const prompts = JSON.stringify({
  hotpotqa: "Read.\n{context}\n\nQ: {input}\nA:",
  qasper: "{context}\n{input}",
  trec: "Sort.\n{context}\n{input}",
  samsum: "Sum up.\n\n{context}\n\n{input}",
  lcc: "Complete. \n{context}Next line:\n",
});

Deno.test("longbench asks as the published prompt says, every record of a task", async () => {
  const files = {
    "config/dataset2prompt.json": prompts,
    "data/hotpotqa.jsonl": [record(), record({ input: "Why {x}?" })],
  };
  await withFolder(files, async (folder) => {
    const cases = await casesOf(longbench, folder, { tasks: ["hotpotqa"] });
    const [first, second] = cases;
    assert.equal(cases.length, 2);
    const { files, ...given } = first!;
    assert.deepEqual(given, {
      id: "hotpotqa/1",
      task: "hotpotqa",
      length: null,
      seed: null,
      lead: "Read.\n",
      document: "Anna came. {input}",
      question: "\n\nQ: Who came?\nA:",
      expected: ["Anna", "her"],
      metric: "qa-f1",
      maxTokens: 32,
      stop: [],
    });
    assert.deepEqual(files!.map(({ name, published }) => [name, published]), [
      ["hotpotqa.jsonl", false],
      ["dataset2prompt.json", false],
    ]);
    assert.match(files![0]!.sha256, /^[0-9a-f]{64}$/);
    assert.equal(second!.id, "hotpotqa/2");
    assert.equal(second!.question, "\n\nQ: Why {x}?\nA:");
  });
});

Deno.test("longbench gives few-shot and code tasks no chat template, samsum a stop, trec its classes", async () => {
  const files = {
    "dataset2prompt.json": prompts,
    "trec.jsonl": [record({ all_classes: ["Person", "City"] })],
    "samsum.jsonl": [record()],
    "lcc.jsonl": [record({ input: "" })],
  };
  await withFolder(files, async (folder) => {
    const tasks = ["lcc", "samsum", "trec"];
    const cases = await casesOf(longbench, folder, { tasks });
    assert.deepEqual(
      cases.map(({ task, form, stop, metric, question, options }) => ({
        task,
        form,
        stop,
        metric,
        question,
        options,
      })),
      [
        {
          task: "trec",
          form: "plain",
          stop: [],
          metric: "classification-first-line",
          question: "\nWho came?",
          options: ["Person", "City"],
        },
        {
          task: "samsum",
          form: "plain",
          stop: ["\n"],
          metric: "rouge-l-first-line",
          question: "\n\nWho came?",
          options: undefined,
        },
        {
          task: "lcc",
          form: "plain",
          stop: [],
          metric: "code-sim",
          question: "Next line:\n",
          options: undefined,
        },
      ],
    );
  });
});

Deno.test("longbench-e groups records by their words", async () => {
  const lengths = [3999, 4000, 7999, 8000];
  const files = {
    "dataset2prompt.json": prompts,
    "qasper_e.jsonl": lengths.map((length) => record({ length })),
  };
  await withFolder(files, async (folder) => {
    const cases = await casesOf(longbenchE, folder, { tasks: ["qasper"] });
    assert.deepEqual(
      cases.map(({ group }) => group),
      ["0-4k", "4-8k", "4-8k", "8k+"],
    );
    const choice = { tasks: ["qasper"], limit: 1 };
    assert.deepEqual(
      (await casesOf(longbenchE, folder, choice)).map(({ id }) => id),
      ["qasper/1", "qasper/2", "qasper/4"],
    );
  });
});

Deno.test("longbench reads the first records, or those that are named", async () => {
  const files = {
    "dataset2prompt.json": prompts,
    "qasper.jsonl": [..."abcde"].map((input) => record({ input })),
  };
  await withFolder(files, async (folder) => {
    const ids = async (choice: object) =>
      (await casesOf(longbench, folder, { tasks: ["qasper"], ...choice }))
        .map(({ id }) => id);
    assert.deepEqual(await ids({ limit: 2 }), ["qasper/1", "qasper/2"]);
    assert.deepEqual(await ids({ seeds: [4, 1] }), ["qasper/2", "qasper/5"]);
    assert.deepEqual(await ids({ seeds: [4, 1], limit: 1 }), ["qasper/2"]);
    assert.deepEqual(await ids({ limit: 0 }), []);
  });
});

Deno.test("longbench says what is wrong in a file, and where", async () => {
  const good = JSON.stringify(record());
  const broken: readonly (readonly [string, RegExp])[] = [
    [`${good}\n{"input": "x", `, /qasper\.jsonl:2: no JSON: .*; it is damaged/],
    [
      `\n${JSON.stringify({ ...record(), answers: [] })}`,
      /qasper\.jsonl:2: field 'answers': /,
    ],
    [`${good}\n[1]`, /qasper\.jsonl:2: Invalid input: expected object/],
    [
      JSON.stringify({ ...record(), context: null }),
      /qasper\.jsonl:1: field 'context': /,
    ],
  ];
  for (const [text, message] of broken) {
    const files = { "dataset2prompt.json": prompts, "qasper.jsonl": text };
    await withFolder(files, async (folder) => {
      await assert.rejects(
        casesOf(longbench, folder, { tasks: ["qasper"] }),
        { name: "SyntaxError", message },
      );
    });
  }
});

Deno.test("longbench says which prompt is wrong", async () => {
  const broken: readonly (readonly [string, RegExp])[] = [
    [`{"qasper": "{contxt}"}`, /prompt of 'qasper': it names '\{contxt\}'/],
    [`{"qasper": "x"}`, /prompt of 'qasper': '\{context\}' is missing/],
    [`{"trec": "x"}`, /prompt of 'qasper': it is missing/],
    [`{"qasper": 1}`, /dataset2prompt\.json: no JSON object of prompts/],
    [`{`, /dataset2prompt\.json: no JSON: /],
  ];
  for (const [text, message] of broken) {
    const files = { "dataset2prompt.json": text, "qasper.jsonl": [record()] };
    await withFolder(files, async (folder) => {
      await assert.rejects(
        casesOf(longbench, folder, { tasks: ["qasper"] }),
        { name: "SyntaxError", message },
      );
    });
  }
});

Deno.test("longbench says what to fetch and what may be chosen", async () => {
  const files = { "dataset2prompt.json": prompts, "lcc.jsonl": [record()] };
  await withFolder(files, async (folder) => {
    const wrong: readonly (readonly [string | undefined, object, RegExp])[] = [
      [undefined, {}, /fetch them from .* --data FOLDER$/],
      [folder, {}, /Missing in '.*': narrativeqa\.jsonl, .* there: lcc$/],
      [folder, { tasks: ["trec"] }, /Missing in '.*': trec\.jsonl; fetch/],
      [`${folder}/none`, { tasks: ["lcc"] }, /The prompts are missing in/],
      [folder, { tasks: ["x"] }, /^No task 'x'; there are: narrativeqa, /],
      [folder, { lengths: [8192] }, /choose no lengths/],
    ];
    for (const [data, choice, message] of wrong) {
      await assert.rejects(casesOf(longbench, data, choice), {
        name: "RangeError",
        message,
      });
    }
  });
});

Deno.test("longbench refuses trec without classes and longbench-e without lengths", async () => {
  const files = {
    "dataset2prompt.json": prompts,
    "trec.jsonl": [record()],
    "qasper_e.jsonl": [record({ length: undefined })],
  };
  await withFolder(files, async (folder) => {
    await assert.rejects(casesOf(longbench, folder, { tasks: ["trec"] }), {
      message: /trec\.jsonl:1: field 'all_classes'/,
    });
    await assert.rejects(casesOf(longbenchE, folder, { tasks: ["qasper"] }), {
      message: /qasper_e\.jsonl:1: field 'length'/,
    });
  });
});

Deno.test("longbench knows a checksum and a metric for every task of LongBench and LongBench-E", async () => {
  const names = [
    ...longbench.tasks.map((task) => `${task}.jsonl`),
    ...longbenchE.tasks.map((task) => `${task}_e.jsonl`),
  ];
  assert.deepEqual(
    names.toSorted(),
    Object.keys(longbenchChecksums).toSorted(),
  );
  const all = JSON.stringify(
    Object.fromEntries(longbench.tasks.map((task) => [task, "{context}?"])),
  );
  const files = {
    "dataset2prompt.json": all,
    ...Object.fromEntries(
      longbench.tasks.map((task) => [
        `${task}.jsonl`,
        [record({ all_classes: ["x"] })],
      ]),
    ),
  };
  await withFolder(files, async (folder) => {
    for (const { metric, task } of await casesOf(longbench, folder)) {
      assert.equal(metricOf(metric).name, metric, task);
    }
  });
});
