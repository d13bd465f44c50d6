import { createHash } from "node:crypto";
import type { RunRecord } from "../record/run_record.ts";
import { calibrationSection } from "./calibration_section.ts";
import { costSection } from "./cost_section.ts";
import { documentSection } from "./document_section.ts";
import { graphSection } from "./graph_section.ts";
import { html, Markup, scriptJson } from "../../io/markup.ts";
import { originSection } from "./origin_section.ts";
import script from "./page.js" with { type: "text" };
import style from "./page.css" with { type: "text" };
import { pageData } from "./page_data.ts";
import { queueSection } from "./queue_section.ts";
import { setsSection } from "./sets_section.ts";
import { stagesSection } from "./stages_section.ts";
import { summarySection } from "./summary_section.ts";

/** A recorded run as one HTML page that needs nothing else: style, script and data are in it, and it may load nothing. */
export function page(record: RunRecord): string {
  const title = `Run of ${record.graph.file}${
    record.document ? ` on ${record.document.name}` : ""
  }`;
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy(script)}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${title}</title>
        <style>${new Markup(style)}</style>
      </head>
      <body>
        <header>
          <p class="brand">parallelcomp <span>a recorded run</span></p>
          <button type="button" id="theme" hidden>Dark</button>
        </header>
        <main>
    ${summarySection(record)}
    ${documentSection(record)}
    ${record.queues.map(queueSection)}
    ${stagesSection(record)}
    ${setsSection(record)}
    ${calibrationSection(record)}
    ${costSection(record)}
    ${graphSection(record)}
    ${originSection(record)}
        </main>
        <script type="application/json" id="run">${scriptJson(
          pageData(record),
        )}</script>
        <script>${new Markup(script)}</script>
      </body>
    </html>
  `.text;
}

/** Nothing is loaded, and no script runs but the page's own. */
function policy(script: string): string {
  const hash = createHash("sha256").update(script).digest("base64");
  return `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
}
