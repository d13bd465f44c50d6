// deno-lint-ignore-file no-console
/**
 * Enforces who may import whom, over every file of the repository, that no files import each other in a circle,
 * and what may not lie where.
 *
 * @module
 */
import { importCircles, type OwnImport } from "./import_circles.ts";
import { importStatements } from "./import_statements.ts";
import { repository, sourceFiles } from "./source_files.ts";

/** Something that the layout forbids. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What each part may import beside itself: folders, or single files. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  io: [],
  kernels: ["core/budget.ts", "io"],
  stages: ["core", "kernels", "io"],
  "mod.ts": ["core", "kernels", "stages", "io"],
  eval: ["mod.ts", "io"],
  cli: ["mod.ts", "io", "eval", "deno.json"], // the version
  examples: ["mod.ts"], // by its name only, see below
};
/**
 * Folders of `kernels/`, each built on those before it. Types may be named from any of them: at run time they are
 * nothing. Files beside the folders are the door, and may import all.
 */
const KERNELS = [
  "onnx",
  "layers",
  "rope",
  "attention",
  "engine",
  "provider",
  "cache",
  "eviction",
  "family",
  "prefill",
  "decode",
  "model",
  "exported",
];
/** Parts that may import everything, and that nobody else may import. */
const OUTSIDE = ["tests", "bench", "tools"];
/** Names that say nothing about what is inside. */
const VAGUE = /^(utils?|common|helpers?|lib)$/;
const CODE = /\.(ts|tsx|js|mjs)$/;

/** Finds every violation, by file and line. */
export async function checkDeps(root: URL): Promise<Violation[]> {
  const files = await sourceFiles(root);
  const own: OwnImport[] = [];
  const found = await Promise.all(files.map(async (file) => {
    const misplaced = checkPlace(file);
    if (!CODE.test(file)) return misplaced;
    const text = await Deno.readTextFile(new URL(file, root));
    const imports = importStatements(text).flatMap((statement) => {
      const target = resolve(file, statement.specifier);
      if (target) own.push({ file, line: statement.line, target });
      const message = checkImport(file, statement);
      return message ? [{ file, line: statement.line, message }] : [];
    });
    return [...misplaced, ...imports];
  }));
  own.sort((a, b) => a.file < b.file ? -1 : a.file > b.file ? 1 : 0); // files are read in any order
  const circles = importCircles(own).map(({ closing, circle }) => ({
    file: closing.file,
    line: closing.line,
    message: `closes a circle: ${circle.join(" -> ")}; give one of them up`,
  }));
  return [...found.flat(), ...circles];
}

function checkPlace(file: string): Violation[] {
  const messages: string[] = [];
  const vague = file.split("/").find((part) =>
    VAGUE.test(part.replace(/\..*$/, ""))
  );
  if (vague) {
    messages.push(`'${vague}' says nothing; name the one thing it holds`);
  }
  if (file.startsWith("graphs/") && !/\.(yaml|json)$/.test(file)) {
    messages.push("graphs/ holds graph files only (.yaml, .json)");
  }
  return messages.map((message) => ({ file, line: 1, message }));
}

function checkImport(
  file: string,
  { specifier, typeOnly }: { specifier: string; typeOnly: boolean },
): string | undefined {
  const from = partOf(file);
  if (/^(npm|jsr|https?):/.test(specifier)) {
    return `'${specifier}': name the package in deno.json and import it by that name`;
  }
  if (specifier === "onnxruntime-node" && !OUTSIDE.includes(from)) {
    const allowed = file === "kernels/engine/npm_engine.ts" ||
      (typeOnly && from === "kernels");
    return allowed
      ? undefined
      : "only kernels/engine/npm_engine.ts runs onnxruntime-node";
  }
  const target = resolve(file, specifier);
  if (target === undefined || OUTSIDE.includes(from)) return undefined;
  const to = partOf(target);
  if (from === "examples") {
    const own = folderOf(target) === folderOf(file);
    return specifier === "parallelcomp" || own
      ? undefined
      : `examples import "parallelcomp", as a user would, not ${target}`;
  }
  if (from === "kernels" && to === from && !typeOnly) {
    return checkKernels(file, target);
  }
  const may = MAY_IMPORT[from] ?? [];
  if (to === from || may.includes(to) || may.includes(target)) return undefined;
  return `${from} may not import ${target}; it may import ${
    may.join(", ") || "nothing of ours"
  }`;
}

function checkKernels(file: string, target: string): string | undefined {
  const [from, to] = [file, target].map((path) => {
    const [, folder, inside] = path.split("/");
    return inside === undefined ? "" : folder!;
  }) as [string, string];
  const strange = [from, to].find((name) => name && !KERNELS.includes(name));
  if (strange) {
    return `kernels/${strange}/ has no place among KERNELS of tools/check_deps.ts`;
  }
  if (from === "" || from === to) return undefined;
  const below = KERNELS.slice(0, KERNELS.indexOf(from));
  return below.includes(to)
    ? undefined
    : `kernels/${from}/ may not import ${target} but for types; it is built on ${
      below.join(", ") || "nothing of kernels"
    }`;
}

/** The file of ours that a specifier names. */
function resolve(file: string, specifier: string): string | undefined {
  if (specifier === "parallelcomp") return "mod.ts";
  if (!/^\.{0,2}\//.test(specifier)) return undefined;
  return new URL(specifier, `file:///${file}`).pathname.slice(1);
}

/** The folder at the root, or the file there. */
function partOf(file: string): string {
  return file.split("/")[0]!;
}

/** `examples/custom_evictor`. */
function folderOf(file: string): string {
  return file.split("/").slice(0, 2).join("/");
}

if (import.meta.main) {
  const violations = await checkDeps(repository);
  for (const { file, line, message } of violations) {
    console.error(`${file}:${line} ${message}`);
  }
  Deno.exit(violations.length > 0 ? 1 : 0);
}
