import { HubError } from "./hub_error.ts";
import { formatReference, type HubReference } from "./reference.ts";

/** GGUF files beside a model that are no models: projectors of pictures, importance matrices. */
const aside = /(^|[/._-])(mmproj|imatrix)/i;
const piece = /-\d{5}-of-\d{5}\.gguf$/i;
const quantised =
  /(?:^|[-._])((?:UD-)?(?:I?Q\d\w*|TQ\d\w*|BF16|F16|F32|FP16|FP32|MXFP4\w*))(?:-\d{5}-of-\d{5})?\.gguf$/i;

/** The GGUF models among paths. */
export function ggufPaths(paths: Iterable<string>): string[] {
  return [...paths].filter((path) =>
    /\.gguf$/i.test(path) && !aside.test(path)
  );
}

/**
 * The one GGUF file that a reference means.
 *
 * @param paths As {@linkcode ggufPaths} gives them, at least one.
 * @throws {HubError} If none is meant, or several, or one that is cut in pieces.
 */
export function chooseGguf(
  paths: readonly string[],
  wanted: HubReference,
): string {
  const fits = wanted.file === undefined
    ? paths
    : paths.filter((path) => isMeant(path, wanted.file!));
  if (fits.length === 1 && !piece.test(fits[0]!)) return fits[0]!;
  const whole = [...new Set(paths.filter((path) => !piece.test(path)))];
  const names = whole.map((path) => shortName(path, whole)).sort();
  const list = names.length > 12
    ? `${names.slice(0, 12).join(", ")} and ${names.length - 12} more`
    : names.join(", ") || "none in one piece";
  if (fits.length > 0 && fits.every((path) => piece.test(path))) {
    throw new HubError(
      "unfit",
      `'${
        formatReference(wanted)
      }' is cut in ${fits.length} pieces, which cannot be opened; in one piece: ${list}`,
      { known: names },
    );
  }
  const { repository } = wanted;
  const example = formatReference({ ...wanted, file: names[0] ?? "FILE" });
  throw new HubError(
    "unfit",
    wanted.file === undefined
      ? `'${repository}' holds ${paths.length} GGUF files; name one, as in '${example}': ${list}`
      : fits.length > 1
      ? `'${wanted.file}' means ${fits.length} files of '${repository}'; name one by its path: ${
        fits.join(", ")
      }`
      : `'${repository}' has no GGUF file '${wanted.file}'; it has: ${list}`,
    { known: names },
  );
}

function isMeant(path: string, choice: string): boolean {
  const base = path.slice(path.lastIndexOf("/") + 1);
  return [path, base, base.replace(/\.gguf$/i, "")].includes(choice) ||
    quantisation(path)?.toLowerCase() === choice.toLowerCase();
}

function quantisation(path: string): string | undefined {
  return quantised.exec(path)?.[1];
}

/** The quantisation where only one file has it, else the path. */
export function shortName(path: string, among: readonly string[]): string {
  const name = quantisation(path);
  const same = among.filter((other) => quantisation(other) === name);
  return name === undefined || same.length > 1 ? path : name;
}
