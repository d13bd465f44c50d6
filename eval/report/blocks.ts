import type { TopLevelSpec } from "vega-lite";

/** A cell of a table; a strong one stands out. */
export type Cell = string | { readonly strong: string };

/** A part of a report, whatever it is written as. */
export type Block =
  | { readonly kind: "heading"; readonly level: 2 | 3; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  /** What a shell runs, a line each. */
  | { readonly kind: "commands"; readonly lines: readonly string[] }
  | {
    readonly kind: "table";
    readonly caption?: string;
    /** Cells are words, no numbers. */
    readonly words?: true;
    readonly head: readonly string[];
    readonly rows: readonly (readonly Cell[])[];
  }
  /** Drawn on pages only. */
  | {
    readonly kind: "chart";
    readonly title: string;
    readonly says: string;
    readonly spec: TopLevelSpec;
  }
  /** Written by people, in Markdown. */
  | { readonly kind: "markdown"; readonly text: string };

/** A heading. */
export function heading(level: 2 | 3, text: string): Block {
  return { kind: "heading", level, text };
}

/** A paragraph. */
export function text(text: string): Block {
  return { kind: "text", text };
}
