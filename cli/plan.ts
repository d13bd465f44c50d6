import { Command } from "@commander-js/extra-typings";
export const plan = new Command("plan");
