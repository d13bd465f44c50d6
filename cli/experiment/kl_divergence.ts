/** KL(A‖B) in nats of two next-token distributions, from their logits. Lengths that differ are a `RangeError`. */
export function klDivergence(
  a: Float32Array, // [vocab]
  b: Float32Array, // [vocab]
): number {
  if (a.length !== b.length) {
    throw new RangeError(
      `Distributions over '${a.length}' and '${b.length}' tokens cannot be compared`,
    );
  }
  const [logA, logB] = [logSoftmax(a), logSoftmax(b)];
  let sum = 0;
  for (const [i, log] of logA.entries()) {
    if (log > -Infinity) sum += Math.exp(log) * (log - logB[i]!);
  }
  return Math.max(0, sum); // rounding may leave −1e-17
}

/** Natural logarithms of the probabilities, in double precision. */
function logSoftmax(logits: Float32Array): Float64Array { // [vocab]
  let most = -Infinity;
  for (const logit of logits) most = Math.max(most, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - most);
  const shift = most + Math.log(sum);
  return Float64Array.from(logits, (logit) => logit - shift); // [vocab]
}
