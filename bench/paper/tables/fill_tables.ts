import { type TableMaker, tables } from "./tables.ts";

const marked = /^<!-- table: (.*?) -->\n[^]*?^<!-- \/table -->$/gm;

/**
 * A Markdown text with what stands between `<!-- table: NAME -->` and `<!-- /table -->` made anew. A name that no table
 * has, and a mark without an end, are a `SyntaxError`.
 */
export async function fillTables(
  text: string,
  folder: URL,
  makers: Readonly<Record<string, TableMaker>> = tables,
): Promise<string> {
  const places = [...text.matchAll(marked)];
  const begins = text.match(/^<!-- table:/gm)?.length ?? 0;
  if (begins !== places.length) {
    throw new SyntaxError("A '<!-- table: NAME -->' has no '<!-- /table -->'");
  }
  let filled = "";
  let at = 0;
  for (const place of places) {
    const name = place[1]!;
    const make = makers[name];
    if (!make) {
      throw new SyntaxError(
        `No table is called '${name}'; tables: ${
          Object.keys(makers).join(", ")
        }`,
      );
    }
    filled += text.slice(at, place.index);
    filled += `<!-- table: ${name} -->\n\n${await make(
      folder,
    )}\n\n<!-- /table -->`;
    at = place.index + place[0].length;
  }
  return filled + text.slice(at);
}
