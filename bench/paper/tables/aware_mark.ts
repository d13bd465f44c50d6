import type { MethodClasses } from "./method_classes.ts";

const MARK = "†";
const LEGEND =
  `${MARK} sees the question when it chooses what is kept; the others do not.`;

/** A method's name, marked where it sees the question. */
export function markedName(method: string, classes: MethodClasses): string {
  return classes.get(method) === "aware" ? `${method} ${MARK}` : method;
}

/** A table of marked names with a line that says what the mark means; of names without a mark the table alone. */
export function withLegend(table: string): string {
  return table.includes(MARK) ? `${table}\n\n${LEGEND}` : table;
}
