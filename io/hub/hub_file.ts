/** A file of a repository, as the hub lists it. */
export interface HubFile {
  /** In the repository, with `/` between folders. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** What its bytes hash to. */
  readonly hash: HubHash;
}

/** Hash of a file: that of its content for large files, git's name of the blob for others. */
export type HubHash =
  | { readonly kind: "sha256"; readonly hex: string }
  | { readonly kind: "git-blob"; readonly hex: string };
