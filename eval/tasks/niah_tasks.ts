import { type NeedleTask, niah } from "./niah.ts";

const plain = {
  haystack: "essay",
  keys: "words",
  values: "numbers",
  numKeys: 1,
  numValues: 1,
  numQueries: 1,
} as const;

/** RULER's needle tasks (`scripts/synthetic.yaml`). */
const tasks: readonly NeedleTask[] = [
  { ...plain, name: "niah_single_1", haystack: "noise" },
  { ...plain, name: "niah_single_2" },
  { ...plain, name: "niah_single_3", values: "uuids" },
  { ...plain, name: "niah_multikey_1", numKeys: 4 },
  { ...plain, name: "niah_multikey_2", haystack: "needle" },
  {
    ...plain,
    name: "niah_multikey_3",
    haystack: "needle",
    keys: "uuids",
    values: "uuids",
  },
  { ...plain, name: "niah_multivalue", numValues: 4 },
  { ...plain, name: "niah_multiquery", numQueries: 4 },
];

/** Needles in a haystack: passing on one or several of the numbers that a text hides. */
export const niahTasks = tasks.map(niah);
