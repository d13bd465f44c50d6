import type { LanguageModel, Plan } from "../../mod.ts";
import { stableJson } from "../experiment/stable_json.ts";
import {
  type HeldModel,
  holdModel,
  type LoadSession,
} from "../run/held_model.ts";
import { partsOfType } from "../run/plan_parts.ts";
import type { EvalMethod } from "./eval_method.ts";

/** Text that is equal for methods which one loaded model serves: file and accuracy are the same for all. */
function modelKey({ plan }: EvalMethod): string {
  const options = partsOfType(plan, "pc/model")[0]?.node.options;
  const { rope, positions } = { ...options as Record<string, unknown> };
  return stableJson([rope ?? "model", positions ?? "model"]);
}

/** Methods with one model together, in the order of their first. */
export function byModel(methods: readonly EvalMethod[]): EvalMethod[][] {
  return [...Map.groupBy(methods, modelKey).values()];
}

/** Holds one model at a time, as methods need it: those that scale RoPE or map positions have one each. */
export class ModelLender implements Disposable {
  #key: string | undefined;
  #held: HeldModel | undefined;

  /** @param threads Threads where a graph leaves them to the machine; default: it has all. */
  constructor(readonly session: LoadSession, readonly threads?: number) {}

  /** The model of a method; another one is closed before. */
  async modelOf(method: EvalMethod): Promise<LanguageModel> {
    const key = modelKey(method);
    if (this.#held && this.#key === key) return this.#held.model;
    this[Symbol.dispose]();
    this.#held = await holdModel(
      this.threads === undefined
        ? method.plan
        : withThreads(method.plan, this.threads),
      this.session,
    );
    this.#key = key;
    return this.#held.model;
  }

  [Symbol.dispose](): void {
    this.#held?.[Symbol.dispose]();
    this.#held = undefined;
  }
}

/** The plan with threads where its model has `auto`; what is computed is the same, and so is what rows say of it. */
function withThreads(plan: Plan, threads: number): Plan {
  const [model] = partsOfType(plan, "pc/model");
  const options = model?.node.options as { threads?: unknown } | undefined;
  if (options?.threads !== "auto") return plan;
  const changed = { ...model!.node, options: { ...options, threads } };
  return {
    ...plan,
    nodes: plan.nodes.map((node) => node === model!.node ? changed : node),
  };
}
