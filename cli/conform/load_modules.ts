import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isStage, Registry, type RegistryEntry } from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { requirePermission } from "../arguments/require_permission.ts";
import type { Options } from "./subject.ts";

/** Stages of some modules, and the options that the modules say to run them with. */
export interface LoadedModules {
  readonly entries: readonly RegistryEntry[];
  readonly options: Readonly<Record<string, readonly Options[]>>;
}

/** Imports modules, which runs their code. */
export async function loadModules(
  paths: readonly string[],
): Promise<LoadedModules> {
  const registry = new Registry();
  const options: Record<string, readonly Options[]> = {};
  for (const path of paths) {
    const url = pathToFileURL(resolve(path));
    await requirePermission("read", url);
    const refuse = (reason: string, cause?: unknown): never => {
      throw new CliError(ExitCode.usage, `Cannot use '${path}': ${reason}`, {
        cause,
      });
    };
    let module: Record<string, unknown>;
    try {
      module = await import(url.href);
    } catch (error) {
      return refuse((error as Error).message.replace(/\.$/, ""), error);
    }
    if (!Object.values(module).some(isStage)) {
      refuse(
        "it exports no stage; export what defineStage() or defineEvictor() returns",
      );
    }
    try {
      registry.addModule(module, path);
    } catch (error) {
      refuse((error as Error).message, error);
    }
    Object.assign(options, module.conform);
  }
  return { entries: registry.entries(), options };
}
