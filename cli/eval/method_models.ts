import type { LanguageModel } from "../../mod.ts";
import { stableJson } from "../experiment/stable_json.ts";
import { type HeldModel, holdModel } from "../held_model.ts";
import { partsOfType } from "../plan_parts.ts";
import type { Session } from "../session.ts";
import type { EvalMethod } from "./eval_method.ts";

/** Models of one file: methods that scale RoPE or map positions have one each, which is opened when it is needed first. */
export class MethodModels implements Disposable {
  readonly #held = new Map<string, Promise<HeldModel>>();
  readonly #opened: HeldModel[] = [];

  private constructor(readonly session: Session) {}

  /** Opens the model of the first method. */
  static async open(
    [first]: readonly EvalMethod[],
    session: Session,
  ): Promise<{ models: MethodModels; model: LanguageModel }> {
    const models = new MethodModels(session);
    return { models, model: await models.of(first!) };
  }

  /** The model that a method computes with. */
  async of(method: EvalMethod): Promise<LanguageModel> {
    const key = turnKey(method);
    let held = this.#held.get(key);
    if (!held) {
      held = holdModel(method.plan, this.session).then((opened) => {
        this.#opened.push(opened);
        return opened;
      });
      this.#held.set(key, held);
    }
    return (await held).model;
  }

  /** Closes them. */
  [Symbol.dispose](): void {
    for (const held of this.#opened) held[Symbol.dispose]();
  }
}

/** Equal where one model serves two methods whose file and accuracy are the same. */
export function turnKey({ plan }: Pick<EvalMethod, "plan">): string {
  const options = partsOfType(plan, "pc/model")[0]?.node.options;
  const { rope, positions } = { ...options as Record<string, unknown> };
  return stableJson([rope ?? "model", positions ?? "model"]);
}
