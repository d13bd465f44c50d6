import type { AllocatorInput } from "../../mod.ts";

/** Scores that are to be shared out. */
export interface AllocatorCase {
  readonly name: string;
  readonly input: AllocatorInput;
}

/** What differs between cases. */
interface Shape {
  readonly entries?: number;
  readonly budget?: number;
  readonly ragged?: boolean;
  readonly equal?: boolean;
}

/** Layers, KV heads and protected entries of a head. */
const [layers, kvHeads, lead] = [3, 2, 3];

/** Even and ragged heads, ties, protected entries, budgets from less than the lead to more than there is. */
export function allocatorCases(): readonly AllocatorCase[] {
  return [
    caseOf("even heads", {}),
    caseOf("equal scores", { equal: true }),
    caseOf("ragged heads", { ragged: true, budget: 30 }),
    caseOf("less than the lead", { budget: 2 }),
    caseOf("little more than the lead", { budget: 4 }),
    caseOf("all entries", { budget: 40 }),
    caseOf("more than there are", { entries: 8 }),
  ];
}

function caseOf(
  name: string,
  { entries = 40, budget = 12, ragged = false, equal = false }: Shape,
): AllocatorCase {
  const scores = Array.from(
    { length: layers },
    (_, l) =>
      Float32Array.from({ length: kvHeads * entries }, (_, at) => {
        const [head, i] = [Math.floor(at / entries), at % entries];
        if (ragged && i >= entries - 5 * head) return -Infinity;
        if (i < lead) return Infinity;
        return equal ? 1 : Math.abs(Math.sin(l * 97 + at * 13)) * (l + 1);
      }),
  ); // layers × [kvHeads, entries]
  const rooms = scores.map(() => entries);
  return { name, input: { scores, kvHeads, entries: rooms, budget } };
}

/** Entries, and protected entries, of every head. */
export function limitsOf(
  { scores, kvHeads }: Pick<AllocatorInput, "scores" | "kvHeads">,
): { readonly held: readonly number[]; readonly least: readonly number[] } {
  const count = (test: (score: number) => boolean) =>
    scores.flatMap((layer) => {
      const room = layer.length / kvHeads;
      return Array.from(
        { length: kvHeads },
        (_, head) =>
          layer.subarray(head * room, (head + 1) * room).filter(test).length,
      );
    });
  return {
    held: count((score) => score !== -Infinity),
    least: count((score) => score === Infinity),
  };
}
