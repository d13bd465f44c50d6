/** An import inside the repository. */
export interface OwnImport {
  readonly file: string;
  readonly line: number;
  readonly target: string;
}

/** Imports that close a circle, each with the files on it, from the importing one back to itself. Types count too. */
export function importCircles(
  imports: readonly OwnImport[],
): { readonly closing: OwnImport; readonly circle: readonly string[] }[] {
  const byFile = Map.groupBy(imports, ({ file }) => file);
  const done = new Set<string>();
  const path: string[] = [];
  const found: { closing: OwnImport; circle: string[] }[] = [];
  const visit = (file: string) => {
    if (done.has(file)) return;
    path.push(file);
    for (const statement of byFile.get(file) ?? []) {
      const at = path.indexOf(statement.target);
      if (at < 0) visit(statement.target);
      else found.push({ closing: statement, circle: [...path.slice(at)] });
    }
    path.pop();
    done.add(file);
  };
  for (const file of byFile.keys()) visit(file);
  return found.map(({ closing, circle }) => ({
    closing,
    circle: [...circle, circle[0]!],
  }));
}
