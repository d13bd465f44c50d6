import { type Observable, of, tap } from "rxjs";
import {
  Budget,
  type LanguageModel,
  type Plan,
  type RunEvent,
  StageError,
} from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { type Part, partsOfType } from "./plan_parts.ts";
import type { Session } from "./session.ts";

/** What a model is loaded with: an interrupt, and where it is said. */
export interface LoadSession extends Pick<Session, "report" | "clock"> {
  readonly interrupt: Pick<Session["interrupt"], "signal">;
}

/** A graph's model, loaded once for several runs. */
export interface HeldModel extends Disposable {
  readonly model: LanguageModel;
  /** For `runGraph({ replace })`. */
  readonly replace: Readonly<Record<string, Observable<unknown>>>;
}

/** Loads the model of a graph by running its model node alone; it stays loaded until disposed. */
export async function holdModel(
  plan: Plan,
  session: LoadSession,
): Promise<HeldModel> {
  const [part, ...others] = partsOfType(plan, "pc/model");
  if (!part || others.length > 0) {
    throw new CliError(
      ExitCode.graph,
      `Graph '${plan.file}' has ${
        part ? others.length + 1 : "no"
      } models; this command needs exactly one`,
    );
  }
  const { promise, resolve, reject } = Promise.withResolvers<LanguageModel>();
  const loaded = modelOf(part, session).subscribe({
    next: resolve,
    error: (cause) =>
      reject(new StageError(part.node.name, part.node.stage.name, cause)),
  });
  const model = await promise;
  return {
    model,
    replace: { [part.name]: of(model) },
    [Symbol.dispose]: () => loaded.unsubscribe(),
  };
}

function modelOf(
  { node, port }: Part,
  { interrupt: { signal }, report, clock }: LoadSession,
): Observable<LanguageModel> {
  const began = performance.now();
  const say = (event: Partial<RunEvent>) => {
    const from = { node: node.name, stage: node.stage.name };
    const at = performance.now() - began;
    const whole = { ...event, ...from, at } as RunEvent;
    clock.note(whole);
    report.event(whole);
  };
  const context = {
    node: node.name,
    signal,
    budget: new Budget(0),
    inputs: {},
    emit: say,
  };
  say({ type: "started" });
  const outputs = node.stage.run({}, node.options, context);
  const model = outputs[port] as Observable<LanguageModel>;
  return model.pipe(tap(() => {
    const seconds = (performance.now() - began) / 1000;
    say({ type: "completed", items: 1, seconds });
  }));
}
