/** A model on the hub: repository, and what of it. */
export interface HubReference {
  /** `owner/name`. */
  readonly repository: string;
  /** Branch, tag or commit; `main` where none is given. */
  readonly revision?: string;
  /** One GGUF file of the repository: its name, or its quantisation (`Q4_K_M`). */
  readonly file?: string;
}

const word = "[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?";
const whole = new RegExp(
  `^(?:hf:)?(${word}/${word})(?:@([^:@\\s]+))?(?::([^:@\\s][^:@]*))?$`,
);

/**
 * Reads `owner/name[@revision][:file]`, with or without `hf:` in front.
 *
 * @throws {SyntaxError} If the text is not of this form.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseHubReference } from "parallelcomp";
 *
 * assert.deepEqual(parseHubReference("hf:owner/name@v1.0:Q4_K_M"), {
 *   repository: "owner/name",
 *   revision: "v1.0",
 *   file: "Q4_K_M",
 * });
 * ```
 */
export function parseHubReference(text: string): HubReference {
  const [, repository, revision, file] = whole.exec(text) ?? [];
  const safe = repository !== undefined &&
    ![repository, revision, file].some((part) => part?.includes("..")) &&
    !/^-|[\\?#%]|\/$|\/\/|^\//.test(revision ?? "");
  if (!safe) {
    throw new SyntaxError(
      `'${text}' is no model on the hub; write owner/name, owner/name@revision or owner/name:file`,
    );
  }
  return {
    repository,
    ...(revision !== undefined && { revision }),
    ...(file !== undefined && { file }),
  };
}

/** A reference as it is written on the command line: `owner/name@v1.0:Q4_K_M`. */
export function formatReference(
  { repository, revision, file }: HubReference,
): string {
  const at = revision === undefined ? "" : `@${revision}`;
  return `${repository}${at}${file === undefined ? "" : `:${file}`}`;
}
