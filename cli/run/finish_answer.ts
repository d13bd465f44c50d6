import { atomicWrite } from "../../io/files/atomic_write.ts";
import type { Answer } from "../../mod.ts";
import { answerLine } from "../terminal/answer_line.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { jsonLine } from "../terminal/json_report.ts";
import type { Session } from "./session.ts";
import { describeSources } from "../terminal/sources.ts";

/** After the answer: its sources or its JSON line, and the file that was asked for. */
export async function finishAnswer(
  answer: Answer,
  session: Session,
  output?: string,
): Promise<void> {
  const { terminal, clock, peak, json } = session;
  const line = jsonLine(answerLine(answer, clock.seconds(), peak.bytes));
  if (output !== undefined) {
    await writeOutput(output, json ? line : wholeLine(answer.answer), session);
  }
  if (json) terminal.out(line);
  else {
    const { read, chunks } = answer;
    if (read !== undefined) terminal.err(`read: ${read} of ${chunks} chunks\n`);
    terminal.err(describeSources(answer.kept));
    terminal.err(`provider: ${answer.provider}\n`);
  }
}

async function writeOutput(
  path: string,
  content: string,
  { interrupt: { signal } }: Session,
): Promise<void> {
  try {
    await atomicWrite(path, content, { signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    const message = `Cannot write '${path}': ${(cause as Error).message}`;
    throw new CliError(ExitCode.usage, message, { cause });
  }
}

const wholeLine = (text: string) => text.endsWith("\n") ? text : `${text}\n`;
