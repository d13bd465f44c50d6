import { Command } from "@commander-js/extra-typings";

/** `conform`: what every rule must keep to, as one matrix. */
export const conform = new Command("conform")
  .summary("check that rules keep to their contracts")
  .description(
    "Runs every scorer, evictor, allocator, calibrator, selector and quantiser on a small random model and checks what all of them must keep to. " +
      "With modules, checks the stages that they export in place of the shelf. Ends with 1 when a check fails.",
  )
  .argument("[modules...]", "TypeScript modules that export stages")
  .option("--quick", "fewer configurations of every check")
  .option("--json", "print the matrix as one JSON object")
  .action(async (modules, flags) =>
    (await import("./conform/run_conform.ts")).runConform(modules, flags)
  );
