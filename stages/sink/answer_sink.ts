import { mergeMap } from "rxjs";
import { z } from "zod";
import { type Port, single } from "../../core/port.ts";
import { abortable, defineStage, type Stage } from "../../core/stage.ts";
import { atomicWrite } from "../../io/files/atomic_write.ts";
import { Answer } from "../types.ts";

/** Options of sinks that write a file. */
export const SinkFileOptions = z.strictObject({
  path: z.string().min(1).describe("file to write; replaced where it exists"),
});

/** A stage that writes the answer and passes it on once the file is complete. */
export type AnswerSink = Stage<
  { answer: Port<Answer> },
  { answer: Port<Answer> },
  typeof SinkFileOptions
>;

/** Makes a sink out of what it writes. The file is there whole or not at all. */
export function answerSink(
  { name, summary, content }: {
    readonly name: string;
    readonly summary: string;
    content(answer: Answer): string;
  },
): AnswerSink {
  return defineStage({
    name,
    summary,
    inputs: { answer: single(Answer) as Port<Answer> },
    outputs: { answer: single(Answer) as Port<Answer> },
    options: SinkFileOptions,
    run: (inputs, { path }) => ({
      answer: inputs.answer.pipe(
        mergeMap((answer) =>
          abortable(async (signal) => {
            await atomicWrite(path, content(answer), { signal });
            return answer;
          })
        ),
      ),
    }),
  });
}
