import assert from "node:assert/strict";
import { staticPage } from "../../../eval/report/static_page.ts";
import { html } from "../../../io/markup.ts";

Deno.test("staticPage() shows its sections in order, escapes its title, and may load nothing", () => {
  const page = staticPage({
    title: "<b>",
    kind: "a page",
    sections: [html`<p>one</p>`, html`<p>two</p>`],
  });
  assert.match(page, /<title>&lt;b&gt;<\/title>/);
  assert.match(page, /<p>one<\/p>\s*<p>two<\/p>/);
  assert.match(page, /content="default-src 'none'; style-src 'unsafe-inline'"/);
  assert.doesNotMatch(page, /https?:|<script|src=|href=|@import|url\(/);
});
