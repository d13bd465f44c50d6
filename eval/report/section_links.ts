import type { Block } from "./blocks.ts";

/** From as many sections on a report has links to them. */
const MANY = 4;

/** A section, and what leads to it. */
export interface SectionLink {
  readonly title: string;
  readonly id: string;
}

/** The sections of a report; none of a short one. */
export function sectionLinks(blocks: readonly Block[]): SectionLink[] {
  const titles = blocks.flatMap((block) =>
    block.kind === "heading" && block.level === 2 ? [block.text] : []
  );
  if (titles.length < MANY) return [];
  return titles.map((title) => ({ title, id: sectionId(title) }));
}

/** A heading's id, as GitHub makes it. */
export function sectionId(title: string): string {
  return title.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}
