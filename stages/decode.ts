import { filter, map, Observable, ReplaySubject, share } from "rxjs";
import { single, stream } from "../core/port.ts";
import { defineStage } from "../core/stage.ts";
import { decodeAnswer, DecodeOptions } from "./decode_answer.ts";
import { Answer, MergedContext, Model, Piece, Prompt } from "./types.ts";
import { withSingles } from "./with_singles.ts";

/**
 * Asks the question over the merged context and writes the answer, token by token.
 *
 * With `tail` the answer's own entries are evicted as it grows (the official code's `kv_cache_dynamic`, which also
 * evicts from the context; here that stays): `oldest` keeps the latest (StreamingLLM, arXiv 2309.17453, with the
 * question as its sinks), `attention` drops, for each KV head, what the newest row attends to least (TOVA, arXiv
 * 2401.06104, with the softmax over question and answer only). It breaks answers that look back further than `most`
 * tokens: lists, tables, code.
 */
export const decode = defineStage({
  name: "decode",
  summary: "The answer: streamed as text, and once whole with its sources",
  inputs: {
    context: single(MergedContext),
    prompt: single(Prompt),
    model: single(Model),
  },
  outputs: { text: stream(Piece), answer: single(Answer) },
  options: DecodeOptions,
  run: (inputs, options, ctx) => {
    // Both outputs read one decoding; the replay lets the second subscribe late without running it again.
    const said = withSingles(
      inputs,
      ({ context, prompt, model }) =>
        new Observable<string | Answer>((subscriber) => {
          const stop = new AbortController();
          decodeAnswer({
            context,
            prompt,
            model,
            ctx,
            signal: stop.signal,
            onText: (text) => subscriber.next(text),
          }, options).then((answer) => {
            subscriber.next(answer);
            subscriber.complete();
          }, (error) => subscriber.error(error));
          return () => stop.abort();
        }),
    ).pipe(share({
      connector: () => new ReplaySubject<string | Answer>(),
      resetOnComplete: false,
      resetOnError: false,
    }));
    return {
      text: said.pipe(filter((value) => typeof value === "string")),
      answer: said.pipe(
        filter((value) => typeof value !== "string"),
        map((value) => value as Answer),
      ),
    };
  },
});
