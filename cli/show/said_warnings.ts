import type { RunRecord } from "../record/run_record.ts";

/** What the run warned of, each once, by the node that said it. */
export function saidWarnings(
  { events }: RunRecord,
): { readonly node: string; readonly message: string }[] {
  const said = new Map<string, { node: string; message: string }>();
  for (const { type, node, message } of events) {
    if (type !== "warning" || typeof message !== "string") continue;
    said.set(`${node}\n${message}`, { node, message });
  }
  return [...said.values()];
}
