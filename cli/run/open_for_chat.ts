import type { Observable } from "rxjs";
import { type Plan, totalBytes } from "../../mod.ts";
import { checkMemory } from "../predict/fit_memory.ts";
import { type HeldModel, holdModel } from "./held_model.ts";
import { prepareRun } from "../predict/prepare_run.ts";
import type { Session } from "./session.ts";

/** What a chat asks for. */
export interface ChatMemory {
  readonly inputs: Readonly<Record<string, Observable<unknown>>>;
  /** Bytes of KV to keep in memory. */
  readonly kvMemory: number;
  /** Bytes that the process may hold. */
  readonly memory?: number;
}

/** The model of a chat, and how much KV it may keep in memory: less than asked for where `memory` leaves less. */
export async function openForChat(
  plan: Plan,
  { inputs, kvMemory, memory }: ChatMemory,
  session: Session,
): Promise<HeldModel & { readonly limit: number }> {
  if (memory === undefined) {
    const held = await holdModel(plan, session);
    return { ...held, limit: kvMemory };
  }
  const prepared = await prepareRun(plan, { inputs }, session);
  try {
    checkMemory(plan, prepared, memory);
  } catch (error) {
    prepared[Symbol.dispose]();
    throw error;
  }
  return {
    model: prepared.held.model,
    replace: prepared.replace,
    limit: Math.min(kvMemory, memory - totalBytes(prepared.terms)),
    [Symbol.dispose]: () => prepared[Symbol.dispose](),
  };
}
