import type { EvalCase } from "../../../eval/eval_case.ts";
import type { CaseChoice, Suite } from "../../../eval/suite.ts";

/** Files by name, objects as JSON; `work` gets the folder. */
export async function withFolder(
  files: Readonly<Record<string, string | readonly unknown[]>>,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      const text = typeof content === "string"
        ? content
        : content.map((line) => `${JSON.stringify(line)}\n`).join("");
      const at = name.lastIndexOf("/");
      if (at > 0) {
        await Deno.mkdir(`${folder}/${name.slice(0, at)}`, { recursive: true });
      }
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All cases of a suite that reads a folder; the tokenizer is not asked. */
export async function casesOf(
  suite: Suite,
  data: string | undefined,
  choice: CaseChoice = {},
): Promise<EvalCase[]> {
  const tools = { ...(data !== undefined && { data }) };
  return await Array.fromAsync(
    suite.cases(choice, tools as Parameters<Suite["cases"]>[1]),
  );
}
