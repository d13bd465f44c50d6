import { answerSink } from "./answer_sink.ts";

/** Writes the answer's text, with a newline at the end. */
export const sinkText = answerSink({
  name: "sink.text",
  summary: "Writes the answer's text to a file",
  content: ({ answer }) => answer.endsWith("\n") ? answer : `${answer}\n`,
});
