// deno-lint-ignore-file no-console
import type { AttentionAnalysis } from "../../../eval/analysis/analysis.ts";
import type { EvalCase } from "../../../eval/eval_case.ts";
import { RowsFile } from "../../../cli/experiment/rows_file.ts";
import { sha256 } from "../../../cli/experiment/sha256.ts";
import { atomicWrite } from "../../../io/files/atomic_write.ts";
import { exampleHeads } from "./example_heads.ts";
import { figureDocuments, questionOf } from "./figure_documents.ts";
import { type FigureRow, figureRow } from "./figure_row.ts";
import { figureTable } from "./figure_table.ts";
import { type FigureView, figureViews } from "./figure_views.ts";

const folder = "bench/results/paper";
const rowKind = {
  command: "eval:paper figures",
  key: ({ documentHash, command }: FigureRow) => `${documentHash} ${command}`,
  isRow: ({ documentHash, numbers }: Readonly<Record<string, unknown>>) =>
    documentHash !== undefined && numbers !== undefined,
};

/**
 * Looks at every document under every view with `parallelcomp analyze`. Rows go to `figures.jsonl`, those that are there
 * are not computed again; means and differences to `figures.json`, the page of the first document to `figures.html`.
 */
export async function runFigures(root: URL): Promise<void> {
  using file = await RowsFile.open(
    rowKind,
    new URL(`${folder}/figures.jsonl`, root).pathname,
  );
  const documents = await figureDocuments();
  const scratch = await Deno.makeTempDir();
  try {
    for (const [d, one] of documents.entries()) {
      for (const [v, view] of figureViews.entries()) {
        const page = d === 0 && v === 0 ? `${folder}/figures.html` : undefined;
        const work = { root, scratch, page };
        const about = {
          document: one.id,
          documentHash: sha256(one.document, questionOf(one)),
          view: view.name,
          command: commandOf(view),
        };
        if (file.get(rowKind.key(about as FigureRow))) continue;
        console.log(`${one.id}: ${view.name}`);
        const analysis = await analyse(one, view, work);
        const examples = page && { examples: exampleHeads(analysis) };
        file.add({ ...figureRow(analysis, about), ...examples });
      }
    }
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
  await atomicWrite(
    new URL(`${folder}/figures.json`, root).pathname,
    JSON.stringify(figureTable(file.all())) + "\n",
  );
}

/** What a reader types; document and question are those of the row. */
function commandOf({ args }: FigureView): string {
  const said = args.map((arg) => /[ {[]/.test(arg) ? `'${arg}'` : arg);
  return `parallelcomp analyze DOCUMENT --question QUESTION --prompt raw ${
    said.join(" ")
  }`;
}

async function analyse(
  one: EvalCase,
  { args }: FigureView,
  { root, scratch, page }: {
    root: URL;
    scratch: string;
    page: string | undefined;
  },
): Promise<AttentionAnalysis> {
  const name = one.id.replaceAll("/", "_");
  const [text, output] = [`${scratch}/${name}.txt`, `${scratch}/${name}.json`];
  await Deno.writeTextFile(text, one.document);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["task", "--quiet", "parallelcomp", "analyze", text],
      ...["--question", questionOf(one), "--prompt", "raw", ...args],
      ...["--output", output, ...page ? ["--html", page] : []],
      ...["--threads", "1"],
    ],
    cwd: root,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(await Deno.readTextFile(output));
}
