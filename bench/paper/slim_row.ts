import type { EvalRow } from "../../cli/eval/eval_row.ts";
import { fileName } from "../../eval/report/setting.ts";
import { withoutFolders } from "../../eval/report/without_folders.ts";

/**
 * A row as git holds it: without seconds of phases, scores of chunks and which were kept, which weigh most and no
 * report or comparison reads, and of paths their last parts. Of a slim row that is itself.
 */
export function slimRow(row: EvalRow): EvalRow {
  const { command, model, graph, files } = row;
  const own = {
    ...row,
    model: fileName(model),
    files: files.map((file) => ({ ...file, name: fileName(file.name) })),
    graph: withoutFolders(graph),
    ...(command !== undefined && { command: withoutFolders(command) }),
  };
  if ("error" in own) return { ...own, error: withoutFolders(own.error) };
  const { phases: _phases, scores: _scores, ...rest } = own;
  const { indices: _indices, ...kept } = rest.kept;
  return { ...rest, kept };
}
