/** A kind of file that is no text, and what to do instead. */
export interface BinaryKind {
  readonly name: string;
  readonly instead: string;
  /** Its bytes may all be those of text. */
  readonly mayBeAscii?: true;
}

const UNPACK = "unpack it and name the text inside";
const IMAGE = "an image holds no text; name a text file";

/** First bytes of well-known kinds. */
const SIGNATURES: readonly (BinaryKind & { readonly bytes: string })[] = [
  {
    bytes: "25 50 44 46 2d",
    name: "a PDF document",
    instead: "convert it, for instance with pdftotext",
    mayBeAscii: true,
  },
  {
    bytes: "50 4b 03 04",
    name: "a ZIP archive or an office document (docx, xlsx, odt, epub)",
    instead: "save it as plain text or unpack it",
  },
  {
    bytes: "d0 cf 11 e0",
    name: "an old office document (doc, xls)",
    instead: "save it as plain text",
  },
  { bytes: "1f 8b", name: "a gzip archive", instead: UNPACK },
  { bytes: "42 5a 68", name: "a bzip2 archive", instead: UNPACK },
  { bytes: "fd 37 7a 58 5a", name: "an xz archive", instead: UNPACK },
  { bytes: "28 b5 2f fd", name: "a zstd archive", instead: UNPACK },
  { bytes: "37 7a bc af", name: "a 7z archive", instead: UNPACK },
  { bytes: "89 50 4e 47", name: "a PNG image", instead: IMAGE },
  { bytes: "ff d8 ff", name: "a JPEG image", instead: IMAGE },
  { bytes: "47 49 46 38", name: "a GIF image", instead: IMAGE },
  {
    bytes: "52 49 46 46",
    name: "a WebP image, a WAV sound or an AVI film",
    instead: "name a text file",
  },
  {
    bytes: "7f 45 4c 46",
    name: "a program",
    instead: "name a text file",
  },
  {
    bytes: "47 47 55 46",
    name: "a GGUF model",
    instead: "name it with --model and a text file here",
  },
];

/** The kind whose first bytes these are, if any. */
export function binaryKind(bytes: Uint8Array): BinaryKind | undefined {
  const start = bytes.subarray(0, 8).toHex();
  return SIGNATURES.find((kind) =>
    start.startsWith(kind.bytes.replaceAll(" ", ""))
  );
}
