/** A prompt around a document: what stands before it and what follows it. */
export interface FilledPrompt {
  readonly lead: string;
  readonly question: string;
}

/**
 * Fills a published prompt, written for Python's `str.format`, and cuts it at `{context}`. A name that the record does
 * not have and a template without exactly one `{context}` are a `SyntaxError`; `place` says whose it is.
 */
export function fillPrompt(
  template: string,
  values: Readonly<Record<string, string>>,
  place: string,
): FilledPrompt {
  let lead: string | undefined;
  let text = "";
  let end = 0;
  for (const match of template.matchAll(/\{\{|\}\}|\{(\w*)\}|[{}]/g)) {
    text += template.slice(end, match.index);
    end = match.index + match[0].length;
    const name = match[1];
    if (name === "context") {
      if (lead !== undefined) {
        throw new SyntaxError(`${place}: '{context}' is there twice`);
      }
      [lead, text] = [text, ""];
    } else if (name === undefined) {
      if (match[0].length === 1) {
        throw new SyntaxError(`${place}: a brace without its other one`);
      }
      text += match[0].slice(1);
    } else {
      const value = values[name];
      if (value === undefined) {
        throw new SyntaxError(
          `${place}: it names '{${name}}', and there is only {context}, {${
            Object.keys(values).join("}, {")
          }}`,
        );
      }
      text += value;
    }
  }
  if (lead === undefined) {
    throw new SyntaxError(`${place}: '{context}' is missing`);
  }
  return { lead, question: text + template.slice(end) };
}
