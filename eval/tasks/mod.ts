import { commonWords } from "./common_words.ts";
import { fact } from "./fact.ts";
import { frequentWords } from "./frequent_words.ts";
import type { GeneratedTask } from "./generated_task.ts";
import { hexKv } from "./hex_kv.ts";
import { niahTasks } from "./niah_tasks.ts";
import { passkey } from "./passkey.ts";
import { twoHop } from "./two_hop.ts";
import { variableTracking } from "./variable_tracking.ts";

/** RULER's eleven generated tasks, and two that need facts brought together or told apart. */
export const needleTasks: readonly GeneratedTask[] = [
  ...niahTasks,
  variableTracking,
  commonWords,
  frequentWords,
  fact,
  twoHop,
];

/** Tasks that are made only where they are named. */
export const moreTasks: readonly GeneratedTask[] = [passkey, hexKv];
