import { answerSink } from "./answer_sink.ts";

/** Writes the answer as one line of JSON: `{"type":"answer","answer":…,"kept":[…],…}`. */
export const sinkJsonl = answerSink({
  name: "sink.jsonl",
  summary: "Writes the answer with its sources to a file, as one line of JSON",
  content: (answer) => `${JSON.stringify({ type: "answer", ...answer })}\n`,
});
