import { html, Markup } from "../../io/markup.ts";
import style from "./static_page.css" with { type: "text" };

/** What a page shows. */
export interface StaticPage {
  readonly title: string;
  /** What it is a page of, in a few words. */
  readonly kind: string;
  readonly sections: readonly Markup[];
}

/** An HTML document that needs nothing else: style and charts are in it, it has no script, and it may load nothing. */
export function staticPage({ title, kind, sections }: StaticPage): string {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${title}</title>
        <style>${new Markup(style)}</style>
      </head>
      <body>
        <header>
          <p class="brand">parallelcomp <span>${kind}</span></p>
        </header>
        <main>
    <h1>${title}</h1>
    ${sections.map((section) => html`${section}\n`)}</main>
      </body>
    </html>
  `.text;
}
