import { formatBytes } from "../../mod.ts";
import type { RecordedCost, RunRecord } from "../record/run_record.ts";
import { html, type Markup } from "../../io/markup.ts";
import { saidMetrics } from "./said_metrics.ts";

/** Who was waited for, and what left every node. */
export function costSection(record: RunRecord): Markup {
  const { costs, peakBytes } = record;
  if (costs.length === 0) return html``;
  const end = Math.max(
    1,
    ...costs.flatMap(({ work }) => work.map(([, to]) => to)),
  );
  const said = costs.map(({ node }) => saidMetrics(record, node));
  const any = said.some((figures) => figures.length > 0);
  return html`
    <section>
      <h2>Cost</h2>
      <p>The run's ${(end / 1000).toFixed(
        2,
      )} s, from left to right. A bar is time until the node reported; what ran beside it is not seen. KV is what left the node, all values together. At most ${formatBytes(
        peakBytes,
      )} were resident.</p>
      <div class="scroll">
        <table class="costs">
          <thead>
            <tr>
              <th scope="col">node</th>
              <th scope="col"
                class="wide"><span class="axis"><span>0 s</span><span>${(end /
                  1000).toFixed(1)} s</span></span></th>
              <th scope="col">seconds</th>
              <th scope="col">values</th>
              <th scope="col">KV out</th>
              <th scope="col">largest</th>
              ${any ? html`<th scope="col">figures</th>` : null}
            </tr>
          </thead>
          <tbody>${costs.map((cost, i) =>
            row(cost, end, any ? said[i]! : undefined)
          )}</tbody>
        </table>
      </div>
    </section>
  `;
}

function row(
  cost: RecordedCost,
  end: number,
  said?: readonly string[],
): Markup {
  const { node, stage, busy, items, bytes, largest, work } = cost;
  const path = work.map(([from, to]) =>
    `M${from} .5h${Math.max(to - from, end / 1000).toFixed(2)}`
  ).join("");
  return html`
    <tr>
      <th scope="row">${node} <small>${stage}</small></th>
      <td class="wide">
        <svg viewBox="0 0 ${end} 1" preserveAspectRatio="none"
          aria-hidden="true">
          <path d="${path}" />
        </svg>
      </td>
      <td>${busy.toFixed(3)}</td>
      <td>${items}</td>
      <td>${bytes > 0 ? formatBytes(bytes) : null}</td>
      <td>${largest > 0 ? formatBytes(largest) : null}</td>
      ${said ? html`<td>${said.join(", ")}</td>` : null}
    </tr>
  `;
}
