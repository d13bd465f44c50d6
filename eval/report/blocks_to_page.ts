import { html, type Markup } from "../../io/markup.ts";
import type { Block, Cell } from "./blocks.ts";
import { chartSvg } from "./chart_svg.ts";
import { markdownMarkup } from "./markdown_markup.ts";
import { sectionId, sectionLinks } from "./section_links.ts";
import { staticPage } from "./static_page.ts";

/** A report as one HTML page that has no script and loads nothing. */
export async function blocksToPage(
  title: string,
  blocks: readonly Block[],
): Promise<string> {
  const sections = await Promise.all(blocks.map(write));
  return staticPage({
    title,
    kind: "report",
    sections: [...contents(blocks), ...sections],
  });
}

function contents(blocks: readonly Block[]): Markup[] {
  const links = sectionLinks(blocks).map(({ title, id }) =>
    html`<li><a href="#${id}">${title}</a></li>`
  );
  return links.length === 0 ? [] : [html`
    <nav>
      <ul>${links}</ul>
    </nav>
  `];
}

async function write(block: Block): Promise<Markup> {
  switch (block.kind) {
    case "heading":
      return block.level === 2
        ? html`<h2 id="${sectionId(block.text)}">${block.text}</h2>`
        : html`<h3>${block.text}</h3>`;
    case "text":
      return html`<p>${block.text}</p>`;
    case "list":
      return html`<ul>${
        block.items.map((item) => html`<li>${item}</li>`)
      }</ul>`;
    case "commands":
      return html`<pre><code>${block.lines.join("\n")}</code></pre>`;
    case "table":
      return html`
        <div class="scroll">
          <table
            class="${block.words
              ? "words"
              : "numbers"}">${block.caption === undefined
              ? null
              : html`<caption>${block.caption}</caption>`}<thead><tr>${block
              .head
              .map((name) =>
                html`<th scope="col">${name}</th>`
              )}</tr></thead><tbody>${block.rows.map(row)}</tbody></table>
        </div>
      `;
    case "markdown":
      return markdownMarkup(block.text);
    case "chart":
      return html`
        <figure>
          <h3>${block.title}</h3>
          <p>${block.says}</p>
          <div class="scroll">${await chartSvg(
            block.spec,
          )}</div>
        </figure>
      `;
  }
}

function row(cells: readonly Cell[]): Markup {
  return html`<tr>${
    cells.map((cell, i) => {
      const shown = typeof cell === "string"
        ? cell
        : html`<b>${cell.strong}</b>`;
      return i === 0
        ? html`<th scope="row">${shown}</th>`
        : html`<td>${shown}</td>`;
    })
  }</tr>`;
}
