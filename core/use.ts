import type { Issues } from "./issues.ts";
import type { Registry } from "./registry.ts";
import { isStage } from "./stage.ts";

/** Where the modules named by `use:` may come from. */
export interface UseOptions {
  /** The graph file, to which relative modules are relative. */
  readonly base: URL | undefined;
  /** Allow modules from anywhere. */
  readonly trust: boolean;
}

/**
 * Imports the modules that a graph names under `use:`, which runs their code, and adds their stages.
 * Relative modules must be inside the graph file's folder, bare names come from the import map; everything else
 * needs `trust`.
 */
export async function useModules(
  specifiers: readonly string[],
  registry: Registry,
  options: UseOptions,
  issues: Issues,
): Promise<void> {
  for (const [index, specifier] of specifiers.entries()) {
    const path = ["use", index];
    try {
      const target = resolve(specifier, options);
      const module = await import(target);
      const stages = Object.values(module).filter(isStage);
      if (stages.length === 0) {
        issues.add(
          path,
          `Module '${specifier}' exports no stage; export what defineStage() returns`,
        );
      }
      for (const stage of stages) {
        try {
          registry.add(stage, specifier);
        } catch (error) {
          issues.add(path, (error as Error).message);
        }
      }
    } catch (error) {
      issues.add(path, explain(error, specifier, options.base));
    }
  }
}

/** What `import()` takes for a specifier; throws when it is not allowed. */
function resolve(specifier: string, { base, trust }: UseOptions): string {
  const relative = /^\.{0,2}\//.test(specifier);
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(specifier);
  if (!relative && !scheme) return specifier; // a name from the import map
  if (scheme && trust) return specifier;
  if (scheme) {
    throw new RangeError(
      "only ./files beside the graph and names from the import map are allowed; allow more with trust",
    );
  }
  if (!base) {
    throw new RangeError(
      "a graph without a file has no folder; add the module's stages to the registry",
    );
  }
  const target = new URL(specifier, base);
  const inside = target.href.startsWith(new URL(".", base).href) &&
    !/%2f|%5c/i.test(target.href); // a slash in disguise would be read as one
  if (!inside && !trust) {
    throw new RangeError(
      "it is outside the graph's folder; move it there, or allow it with trust",
    );
  }
  return target.href;
}

function explain(error: unknown, specifier: string, base?: URL): string {
  const reason = error instanceof Error ? error.message : String(error);
  const folder = base ? new URL(".", base).href : "";
  const short = folder ? reason.replaceAll(folder, "./") : reason;
  return `Cannot use '${specifier}': ${short.replace(/\.$/, "")}`;
}
