import { createHash } from "node:crypto";
import type { Config, TopLevelSpec } from "vega-lite";
import type { LoggerInterface } from "vega";
import { Markup } from "../../io/markup.ts";

/** Colours that can be told apart on light and on dark paper. */
const colours = [
  "#3f7fbf",
  "#e0872f",
  "#4f9d69",
  "#c4506a",
  "#8467bd",
  "#8f7a5c",
  "#2fa3a3",
  "#a9a32e",
  "#d065b5",
  "#6f8f2f",
  "#5560c9",
  "#b0573a",
];

const ink = "currentColor"; // of the page
const faint = "#8888";

const config: Config = {
  background: "transparent",
  font: "system-ui, sans-serif",
  view: { stroke: null },
  range: { category: colours },
  title: { color: ink, anchor: "start", fontSize: 13 },
  axis: {
    labelColor: ink,
    titleColor: ink,
    titleFontWeight: "normal",
    gridColor: "#8883",
    domainColor: faint,
    tickColor: faint,
    labelLimit: 320,
  },
  legend: { labelColor: ink, titleColor: ink, labelLimit: 320 },
  header: { labelColor: ink, titleColor: ink },
  text: { color: ink },
  rule: { color: ink },
};

/** What vega-lite warns of it draws otherwise than it was meant. */
const strict: LoggerInterface = {
  level: () => 0 as never,
  error: refuse,
  warn: refuse,
  info: () => strict,
  debug: () => strict,
};

function refuse(...said: readonly unknown[]): never {
  throw new TypeError(`A chart cannot be drawn as it says: ${said.join(" ")}`);
}

/**
 * A vega-lite chart as one SVG element for a page: no script, no font, nothing to load. Text has the page's colour.
 * Data is given in the chart itself; a chart that asks for data elsewhere,
 * or that vega-lite has to read otherwise than it is written, is refused with a `TypeError`.
 */
export async function chartSvg(spec: TopLevelSpec): Promise<Markup> {
  if (/"url":/.test(JSON.stringify(spec))) {
    throw new TypeError("A chart's data is written into it: values, no url");
  }
  // large, and needed by none of the other commands
  const [{ parse, View }, { compile }] = await Promise.all([
    import("vega"),
    import("vega-lite"),
  ]);
  const { spec: compiled } = compile(spec, { config, logger: strict });
  const view = new View(parse(compiled), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return new Markup(
    ownNames(svg.replace(/ xmlns(:xlink)?="[^"]*"/g, ""), spec),
  );
}

/**
 * Names for what is named inside a chart, by the chart alone: vega counts on from one chart to the next, so the same
 * chart would be another text each time.
 */
function ownNames(svg: string, spec: TopLevelSpec): string {
  const mark = createHash("sha256").update(JSON.stringify(spec)).digest("hex");
  const names = new Map<string, string>();
  const own = (name: string) => {
    const known = names.get(name) ?? `c${mark.slice(0, 8)}-${names.size}`;
    names.set(name, known);
    return known;
  };
  return svg.replace(/ id="([^"]*)"/g, (_, name) => ` id="${own(name)}"`)
    .replace(/="url\(#([^)"]*)\)"/g, (_, name) => `="url(#${own(name)})"`);
}
