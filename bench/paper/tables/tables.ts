import { answersTable } from "./answers_table.ts";
import { apartTable } from "./apart_table.ts";
import { type AskedModel, smollm2, tiny } from "./asked.ts";
import { insideTable } from "./inside_table.ts";
import { oneNumberTable } from "./one_number_table.ts";
import { perplexityTable } from "./perplexity_table.ts";
import { readScores, type StoredScores } from "./stored_scores.ts";

/** Makes a table from the results in a folder. */
export type TableMaker = (folder: URL) => Promise<string>;

const of = (
  asked: AskedModel,
  table: (asked: AskedModel, scores: StoredScores) => string,
): TableMaker =>
async (folder) => table(asked, await readScores(folder, asked.run));

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
  perplexity: (folder) =>
    perplexityTable(folder, [
      ...asks("perplexity", 2048, 8192),
      ...asks("perplexity_32768", 32768),
    ]),
  perplexity_smollm2: (folder) =>
    perplexityTable(
      folder,
      asks("perplexity_smollm2", 2048, 8192, 16384, 32768),
    ),
};
