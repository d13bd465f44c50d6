import type { RunRecord } from "../record/run_record.ts";
import { html, type Markup } from "../../io/markup.ts";

/** What it takes to do the run again: command, parameters, versions, hashes. */
export function originSection(record: RunRecord): Markup {
  const { command, graph, versions, hashes } = record;
  const list = (values: Readonly<Record<string, unknown>>) =>
    html`<dl class="pairs">${
      Object.entries(values).map(([name, value]) =>
        html`
          <div>
            <dt>${name}</dt>
            <dd>${typeof value === "string"
              ? value
              : JSON.stringify(value)}</dd>
          </div>
        `
      )
    }</dl>`;
  return html`<section>
<h2>Origin</h2>
<p class="label">Command</p>
<pre><code>${command.map(quote).join(" ")}</code></pre>
<p class="label">Parameters</p>${list(graph.params)}
<p class="label">Versions</p>${list(versions)}
<p class="label">SHA-256</p>${list(hashes)}
</section>`;
}

/** A word as a shell reads it. */
function quote(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}
