import { Command } from "@commander-js/extra-typings";
export const stages = new Command("stages");
