import type { RunRecord } from "../record/run_record.ts";
import { html, type Markup } from "../../io/markup.ts";
import { saidWarnings } from "./said_warnings.ts";
import { figures } from "./text_figures.ts";

/** Question, answer, warnings and the figures of the run. */
export function summarySection(record: RunRecord): Markup {
  const { question, answer } = record;
  return html`<section class="summary">
${
    question === null ? null : html`
      <p class="label">Question</p>
      <h1>${question}</h1>
    `
  }
${
    answer
      ? html`
        <p class="label">Answer</p>
        <p class="answer">${answer.text.trim()}</p>
      `
      : null
  }
${
    saidWarnings(record).map(({ node, message }) =>
      html`
        <p class="warning"><strong>Warning of ${node}:</strong> ${message}</p>
      `
    )
  }
<dl class="figures">${
    figures(record).map(([name, value]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }</dl>
</section>`;
}
