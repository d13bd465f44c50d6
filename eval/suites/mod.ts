import type { Suite } from "../suite.ts";
import { caseFile } from "./case_file.ts";
import { infinitebench, infinitebenchInfllm } from "./infinitebench.ts";
import { longbench, longbenchE } from "./longbench.ts";
import { needles } from "./needles.ts";
import { perplexitySuite } from "./perplexity.ts";
import { rulerQa } from "./ruler_qa.ts";

/** Every suite, one line each. */
export const suites: readonly Suite[] = [
  needles,
  rulerQa,
  longbench,
  longbenchE,
  infinitebench,
  infinitebenchInfllm,
  perplexitySuite,
];

/** The suite of that name, or of the cases in a `.jsonl` file; one that is not there is a `RangeError`. */
export function suiteOf(name: string): Suite {
  const found = suites.find((suite) => suite.name === name);
  if (found) return found;
  if (name.endsWith(".jsonl")) return caseFile(name);
  throw new RangeError(
    `Unknown suite '${name}'; there are: ${
      suites.map((suite) => suite.name).join(", ")
    }, and files of cases (.jsonl)`,
  );
}
