import { parse } from "yaml";
import { modelPath } from "../../io/bundled_model.ts";
import {
  builtins,
  loadGraph,
  type LoadOptions,
  type Plan,
  type ProviderChoice,
} from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { locateGraph } from "./locate_graph.ts";
import { requirePermission } from "./require_permission.ts";
import type { ParameterValues } from "./parameter_value.ts";

/** Flags that stand for a parameter of the graph. */
export interface GraphFlags {
  readonly set?: ParameterValues;
  readonly model?: string;
  readonly prompt?: string;
  readonly maxTokens?: number;
  readonly threads?: number;
  readonly provider?: ProviderChoice;
  readonly questionTokens?: number;
  readonly trust?: true;
}

/** Which flag sets which parameter. */
const parameterOfFlag = {
  model: ["--model", "model"],
  prompt: ["--prompt", "prompt"],
  maxTokens: ["--max-tokens", "maxTokens"],
  threads: ["--threads", "threads"],
  provider: ["--provider", "provider"],
  questionTokens: ["chat", "questionTokens"],
} as const;

/** Loads a graph by path or shipped name, with its parameters set from flags; `revise` as in `loadGraph`. */
export async function loadPlan(
  name: string,
  flags: GraphFlags = {},
  revise?: LoadOptions["revise"],
): Promise<Plan> {
  const url = await locateGraph(name);
  const defaults = await declaredParameters(url);
  const declared = defaults && Object.keys(defaults);
  const params: Record<string, unknown> = {};
  for (const [flag, [written, param]] of Object.entries(parameterOfFlag)) {
    const value = flags[flag as keyof typeof parameterOfFlag];
    if (value === undefined) continue;
    if (declared && !declared.includes(param)) {
      throw new CliError(
        ExitCode.usage,
        `${written} sets the graph's parameter '${param}', which ${name} does not declare (it has: ${
          declared.join(", ") || "none"
        })`,
      );
    }
    params[param] = value;
  }
  const model = flags.set?.model ?? params.model ?? defaults?.model;
  if (typeof model === "string") {
    await requirePermission("read", modelPath(model));
  }
  return await loadGraph(url, {
    registry: builtins(),
    params: { ...params, ...flags.set },
    trust: flags.trust ?? false,
    file: name,
    ...(revise && { revise }),
  });
}

/** The graph's `params:`; nothing where the file is broken, which the loader reports better. */
export async function declaredParameters(
  url: URL,
): Promise<Record<string, unknown> | undefined> {
  try {
    const graph = parse(await Deno.readTextFile(url), { logLevel: "silent" });
    return { ...graph.params };
  } catch {
    return undefined;
  }
}
