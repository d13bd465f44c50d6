import type { PlanNode } from "../../mod.ts";

/** A node's options by name; none where it has none. */
export function optionsOf(
  node: PlanNode | undefined,
): Record<string, unknown> {
  return (node?.options ?? {}) as Record<string, unknown>;
}

/** An option that is a number, or what stands for any other. */
export function number(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
