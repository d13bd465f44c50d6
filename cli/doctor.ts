import { Command } from "@commander-js/extra-typings";
export const doctor = new Command("doctor");
