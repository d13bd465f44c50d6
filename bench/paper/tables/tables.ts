import { paperRuns } from "../runs.ts";
import { answersTable } from "./answers_table.ts";
import { apartTable } from "./apart_table.ts";
import {
  type AskedMethods,
  type AskedModel,
  baselines,
  openProblem,
  smollm2,
  tiny,
} from "./asked.ts";
import { differencesTable } from "./differences_table.ts";
import { insideTable } from "./inside_table.ts";
import { type MethodClasses, methodClasses } from "./method_classes.ts";
import { methodsTable } from "./methods_table.ts";
import { oneNumberTable } from "./one_number_table.ts";
import { perplexityTable } from "./perplexity_table.ts";
import { readScores, type StoredScores } from "./stored_scores.ts";

/** Makes a table from the results in a folder. */
export type TableMaker = (folder: URL) => Promise<string>;

const root = new URL("../../../", import.meta.url);
const classesOf = (run: string) => methodClasses(paperRuns[run]!, root);

const of = <Asked extends AskedModel | AskedMethods>(
  asked: Asked,
  table: (
    asked: Asked,
    scores: StoredScores,
    classes: MethodClasses,
  ) => string,
): TableMaker =>
async (folder) =>
  table(asked, await readScores(folder, asked.run), await classesOf(asked.run));

const asks = (run: string, ...lengths: number[]) =>
  lengths.map((length) => ({ length, run }));

/** Tables of documents by the names in their marks. */
export const tables: Readonly<Record<string, TableMaker>> = {
  held_out: of(tiny, answersTable),
  held_out_inside: of(tiny, insideTable),
  held_out_one_number: of(tiny, oneNumberTable),
  held_out_smollm2: of(smollm2, answersTable),
  held_out_smollm2_inside: of(smollm2, insideTable),
  held_out_apart: async (folder) =>
    apartTable(
      await Promise.all([tiny, smollm2].map(async (asked) => ({
        asked,
        scores: await readScores(folder, asked.run),
      }))),
    ),
  baselines_agnostic: of(baselines, methodsTable.bind(null, "agnostic")),
  baselines_aware: of(baselines, methodsTable.bind(null, "aware")),
  baselines_oracle: of(baselines, methodsTable.bind(null, "oracle")),
  open_problem_8192: of(openProblem, differencesTable.bind(null, 8192)),
  open_problem_32768: of(openProblem, differencesTable.bind(null, 32768)),
  perplexity: async (folder) =>
    perplexityTable(folder, {
      asked: [
        ...asks("perplexity", 2048, 8192),
        ...asks("perplexity_32768", 32768),
      ],
      methods: tiny.methods,
    }, await classesOf("perplexity")),
  perplexity_smollm2: async (folder) =>
    perplexityTable(
      folder,
      {
        asked: asks("perplexity_smollm2", 2048, 8192, 16384, 32768),
        methods: smollm2.methods,
      },
      await classesOf("perplexity_smollm2"),
    ),
};
