import { stableJson } from "../experiment/stable_json.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { partsOfType } from "../run/plan_parts.ts";
import type { EvalMethod } from "./eval_method.ts";

/** Parameters of the command line that no graph has are a {@linkcode CliError}. */
export function checkParameters(
  names: readonly string[],
  methods: readonly EvalMethod[],
): void {
  const lost = names.find((name) =>
    methods.every(({ plan }) => !Object.hasOwn(plan.params, name))
  );
  if (lost === undefined) return;
  throw new CliError(
    ExitCode.usage,
    `No method's graph has a parameter '${lost}'; parameters: ${
      [...new Set(methods.flatMap(({ plan }) => Object.keys(plan.params)))]
        .join(", ")
    }`,
  );
}

/** The path of the one model that all methods open; two models, or two accuracies, are a {@linkcode CliError}. */
export function oneModel(methods: readonly EvalMethod[]): string {
  const options = methods.map(({ plan }) => {
    const model = partsOfType(plan, "pc/model")[0]?.node.options;
    return { ...model as { path?: string; accuracy?: string } | undefined };
  });
  for (const name of ["path", "accuracy"] as const) {
    const values = options.map((option) => option[name]);
    const other = values.findIndex((value) =>
      stableJson(value) !== stableJson(values[0])
    );
    if (other < 0) continue;
    throw new CliError(
      ExitCode.usage,
      `All methods compute with one model: '${
        methods[0]!.label
      }' has ${name} '${values[0]}', '${methods[other]!.label}' '${
        values[other]
      }'; run them one by one into files of their own, or set it for all: ${
        name === "path" ? "--model …" : "--set accuracy=…"
      }`,
    );
  }
  return String(options[0]!.path);
}
