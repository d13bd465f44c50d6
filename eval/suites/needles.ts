import { haystackFiles, readHaystack } from "../tasks/read_haystack.ts";
import type { Suite } from "../suite.ts";
import { describeFile } from "./describe_file.ts";
import {
  type GeneratedTask,
  templateOf,
  templates,
} from "../tasks/generated_task.ts";
import { makeCase } from "../tasks/make_case.ts";
import { moreTasks, needleTasks } from "../tasks/mod.ts";

const all: readonly GeneratedTask[] = [...needleTasks, ...moreTasks];
const SEEDS = 20;

/**
 * Generated tasks at any length: RULER's eleven, `fact` and `two-hop`, and by name `passkey` and `hex-kv`.
 *
 * The default template suits models that complete text, as the bundled one; `ruler` asks in RULER's words: its
 * instruction leads every chunk, but for `vt` and `cwe`, whose solved example is too long and starts the document. `--data` names a text, a folder of texts, or RULER's
 * `PaulGrahamEssays.json` as haystack in place of Moby-Dick.
 */
export const needles: Suite = {
  name: "needles",
  summary: "RULER's eleven generated tasks, facts and two-hop questions",
  tasks: all.map(({ name }) => name),
  templates,
  async *cases(choice, { tokenizer, data }) {
    const tasks = choice.tasks?.map(taskOf) ?? needleTasks;
    const { lengths = [8192], limit = Infinity } = choice;
    const seeds = choice.seeds ?? [...Array(SEEDS).keys()];
    const template = templateOf(choice.template);
    const paths = data === undefined ? undefined : await haystackFiles(data);
    const files = paths &&
      await Promise.all(paths.map((path) => describeFile(path, undefined)));
    const haystack = await readHaystack(paths);
    const source = { tokenizer, haystack, template };
    for (const task of tasks) {
      for (const length of lengths) {
        for (const seed of seeds.slice(0, limit)) {
          const made = makeCase(task, length, seed, source);
          yield { ...made, ...(files && { files }) };
        }
      }
    }
  },
};

function taskOf(name: string): GeneratedTask {
  const found = all.find((task) => task.name === name);
  if (found) return found;
  throw new RangeError(
    `Unknown task '${name}'; tasks: ${needles.tasks.join(", ")}`,
  );
}
