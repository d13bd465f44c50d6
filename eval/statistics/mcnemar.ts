/**
 * Two-sided exact p value of McNemar's test: of the cases that only one of two methods got right, how likely so uneven
 * a share is if each could as well have been the other's.
 *
 * @param onlyA Cases that only the first got right.
 * @param onlyB Cases that only the second got right.
 */
export function mcnemarTest(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB;
  const less = Math.min(onlyA, onlyB);
  let log = -n * Math.LN2; // of the binomial probability of k
  let sum = Math.exp(log);
  for (let k = 1; k <= less; k++) {
    log += Math.log(n - k + 1) - Math.log(k);
    sum += Math.exp(log);
  }
  return Math.min(1, 2 * sum);
}
