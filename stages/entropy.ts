/** Entropy of softmax(logits) in nats; 0 where one token is certain. */
export function entropy(logits: Float32Array): number {
  let best = -Infinity;
  for (const logit of logits) best = Math.max(best, logit);
  let [sum, moment] = [0, 0];
  for (const logit of logits) {
    if (logit === -Infinity) continue;
    const weight = Math.exp(logit - best);
    sum += weight;
    moment += weight * (logit - best);
  }
  return Math.log(sum) - moment / sum;
}
