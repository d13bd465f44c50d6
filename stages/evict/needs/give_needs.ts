import { didYouMean } from "../../../core/suggest.ts";
import { attention } from "./attention.ts";
import { lookahead } from "./lookahead.ts";
import type {
  GivenNeeds,
  Need,
  NeedAmounts,
  NeedName,
  NeedSubject,
  NeedWork,
} from "./need.ts";
import { nothing } from "./null.ts";
import { queries } from "./queries.ts";
import { received } from "./received.ts";
import { recent } from "./recent.ts";
import { text } from "./text.ts";

/** Every need by its name. */
export const needs: Readonly<Record<NeedName, Need>> = {
  attention,
  "attention:recent": recent,
  "attention:received": received,
  queries,
  lookahead,
  null: nothing,
  text,
};

/** What is asked for where a rule does not say. */
const defaults: NeedAmounts = {
  rows: Infinity,
  recent: 64,
  tokens: 8,
  withQuestion: false,
  skip: 4,
  future: 512,
};

/** Facets and ports that a list of needs asks for; a name that is no need is a `RangeError`. */
export function askedBy(
  names: readonly NeedName[],
): Pick<Need, "facets" | "ports"> {
  const unknown = names.find((name) => !Object.hasOwn(needs, name));
  if (unknown !== undefined) {
    throw new RangeError(
      `Unknown need '${unknown}'${didYouMean(unknown, Object.keys(needs))}`,
    );
  }
  return {
    facets: [...new Set(names.flatMap((name) => needs[name].facets))],
    ports: [...new Set(names.flatMap((name) => needs[name].ports))],
  };
}

/** Computes needs one after the other; none where a rule has no needs. */
export async function giveNeeds(
  names: readonly NeedName[],
  subject: NeedSubject,
  { amounts, ...work }: Omit<NeedWork, "amounts"> & {
    readonly amounts: Partial<NeedAmounts>;
  },
): Promise<readonly GivenNeeds[]> { // layers
  const asked = { ...work, amounts: { ...defaults, ...amounts } };
  const given: GivenNeeds[] = subject.cache.layers.map(() => ({}));
  for (const name of names) {
    const parts = await needs[name].give(subject, asked);
    for (const [l, part] of parts.entries()) {
      given[l] = { ...given[l], ...part };
    }
  }
  return given;
}
