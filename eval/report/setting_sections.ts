import type { Block } from "./blocks.ts";
import { commandSections } from "./command_sections.ts";
import { costSections } from "./cost_sections.ts";
import { frontierSections } from "./frontier_sections.ts";
import { publishedSections } from "./published_sections.ts";
import { reachSections } from "./reach_sections.ts";
import { accuracySections, perplexitySections } from "./score_sections.ts";
import type { Setting } from "./setting.ts";

/** All that rows of one suite on one model say, below a heading of their own. */
export function settingSections(setting: Setting): Block[] {
  const { rows } = setting;
  return [
    ...accuracySections(rows),
    ...perplexitySections(rows),
    ...reachSections(rows),
    ...costSections(rows),
    ...frontierSections(rows),
    ...publishedSections(setting),
    ...commandSections(rows),
  ];
}
