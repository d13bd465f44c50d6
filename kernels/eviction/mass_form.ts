/** What a session that sums attention must know of a cache and a layer: one of its own for every form. */
export interface MassForm {
  /** Scores of entries are tempered (see `Tempering`). */
  readonly tempered: boolean;
  /** Rows see the newest entries only. */
  readonly sliding: boolean;
}

/** Names of the sessions that sum the attention of a question's rows. */
export type MassName =
  | "mass"
  | "mass-tempered"
  | "mass-sliding"
  | "mass-sliding-tempered";

/** The session for a form. */
export function massName({ tempered, sliding }: MassForm): MassName {
  if (sliding) return tempered ? "mass-sliding-tempered" : "mass-sliding";
  return tempered ? "mass-tempered" : "mass";
}

/** The form that a session's name stands for. */
export function massForm(name: MassName): MassForm {
  return {
    tempered: name.endsWith("tempered"),
    sliding: name.includes("sliding"),
  };
}
