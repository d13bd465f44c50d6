import type { LanguageModel } from "../../mod.ts";
import { stableJson } from "../experiment/stable_json.ts";
import { type HeldModel, holdModel } from "../run/held_model.ts";
import { partsOfType } from "../run/plan_parts.ts";
import type { Session } from "../run/session.ts";
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

  constructor(readonly session: Session) {}

  /** The model of a method; another one is closed before. */
  async modelOf(method: EvalMethod): Promise<LanguageModel> {
    const key = modelKey(method);
    if (this.#held && this.#key === key) return this.#held.model;
    this[Symbol.dispose]();
    this.#held = await holdModel(method.plan, this.session);
    this.#key = key;
    return this.#held.model;
  }

  [Symbol.dispose](): void {
    this.#held?.[Symbol.dispose]();
    this.#held = undefined;
  }
}
