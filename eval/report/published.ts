/**
 * What the paper printed, as data; nothing here was measured by us.
 *
 * @module
 */
import table1LongbenchLlama2 from "./published/table_1_longbench_llama2.json" with {
  type: "json",
};
import table1LongbenchLlama3 from "./published/table_1_longbench_llama3.json" with {
  type: "json",
};
import table2InfinitebenchLlama2 from "./published/table_2_infinitebench_llama2.json" with {
  type: "json",
};
import table2InfinitebenchLlama3 from "./published/table_2_infinitebench_llama3.json" with {
  type: "json",
};
import table2InfinitebenchOthers from "./published/table_2_infinitebench_others.json" with {
  type: "json",
};
import table3PerplexityLlama2 from "./published/table_3_perplexity_llama2.json" with {
  type: "json",
};
import table3PerplexityLlama3 from "./published/table_3_perplexity_llama3.json" with {
  type: "json",
};
import table4LongbenchLongModels from "./published/table_4_longbench_long_models.json" with {
  type: "json",
};
import table5InfinitebenchLongModels from "./published/table_5_infinitebench_long_models.json" with {
  type: "json",
};
import table6InfinitebenchAblation from "./published/table_6_infinitebench_ablation.json" with {
  type: "json",
};
import table7Throughput from "./published/table_7_throughput.json" with {
  type: "json",
};
import table8LongbenchAblation from "./published/table_8_longbench_ablation.json" with {
  type: "json",
};
import table9LongbenchRag from "./published/table_9_longbench_rag.json" with {
  type: "json",
};
import table10InfinitebenchRag from "./published/table_10_infinitebench_rag.json" with {
  type: "json",
};
import tables1112LongbenchApeStar from "./published/tables_11_12_longbench_ape_star.json" with {
  type: "json",
};

/** A table of the paper, or a part of one that is about one model. */
export interface PublishedTable {
  readonly paper: string;
  /** Its number in the paper. */
  readonly table: string;
  readonly title: string;
  readonly model: string;
  /** `percent`: a score of 0 to 1, times 100. */
  readonly unit: string;
  /** Suites whose rows can stand beside it. */
  readonly suites: readonly string[];
  /** Set where it prints no scores. */
  readonly metric?: string;
  /** Tasks, as suites name them; of perplexity lengths. */
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly method: string;
    /** As printed; `null` where nothing was. */
    readonly values: readonly (number | string | null)[];
    /** As printed. */
    readonly average?: number;
    readonly note?: string;
  }[];
  readonly note?: string;
}

/** All tables, in the order of the paper. */
export const publishedTables: readonly PublishedTable[] = [
  table1LongbenchLlama2,
  table1LongbenchLlama3,
  table2InfinitebenchLlama2,
  table2InfinitebenchLlama3,
  table2InfinitebenchOthers,
  table3PerplexityLlama2,
  table3PerplexityLlama3,
  table4LongbenchLongModels,
  table5InfinitebenchLongModels,
  table6InfinitebenchAblation,
  table7Throughput,
  table8LongbenchAblation,
  table9LongbenchRag,
  table10InfinitebenchRag,
  tables1112LongbenchApeStar,
];
