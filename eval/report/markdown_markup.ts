import { html, type Markup } from "../../io/markup.ts";

/**
 * A short text in Markdown as markup: headings, lists, paragraphs, and in them `code` and **strong** words. Everything
 * else stands as it is written; tags are text.
 */
export function markdownMarkup(text: string): Markup {
  const blocks = text.replaceAll("\r\n", "\n").split(/\n{2,}|\n(?=#)/)
    .map((block) => block.trim()).filter((block) => block !== "");
  return html`${blocks.map(block)}`;
}

function block(text: string): Markup {
  const heading = /^#{1,6} +(.*)(?:\n([^]*))?$/.exec(text);
  if (heading) {
    const [, title = "", rest] = heading;
    return html`<h3>${words(title)}</h3>${rest ? block(rest) : null}`;
  }
  if (!/^[-*] /.test(text)) return html`<p>${words(text)}</p>`;
  const items = text.split(/\n(?=[-*] )/).map((item) => item.slice(2));
  return html`<ul>${items.map((item) => html`<li>${words(item)}</li>`)}</ul>`;
}

function words(text: string): Markup[] {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) =>
    /^`.+`$/s.test(part)
      ? html`<code>${part.slice(1, -1)}</code>`
      : /^\*\*.+\*\*$/s.test(part)
      ? html`<b>${part.slice(2, -2)}</b>`
      : html`${part}`
  );
}
