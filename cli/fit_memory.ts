import type { Execution } from "./execute.ts";
export async function fitMemory(
  ..._a: unknown[]
): Promise<AsyncDisposable & { execution: Execution }> {
  return await { execution: {}, [Symbol.asyncDispose]: async () => {} };
}
