"""Writes what kvpress keeps of small seeded tensors to tests/fixtures/kvpress.

    python3 -m venv .cache/kvpress
    .cache/kvpress/bin/python -m pip install -r tools/kvpress_parity/requirements.txt
    .cache/kvpress/bin/python tools/kvpress_parity.py

An environment of its own, because kvpress 0.5.5 wants transformers below 5.3 and the goldens are of a later one. Needs
no network and no model: an attention layer of transformers with seeded weights gives the tensors, and the code of
kvpress runs on them unchanged. A second run writes the same bytes on the same machine.

What is written
    manifest.json           versions; the families; counts and pyramid budgets as kvpress computes them; all cases
    <family>.safetensors    F32 tensors of one family, batch dimension removed

Tensors of every family
    keys, values            [kvHeads, entries, headDim]  as in the cache: keys after RoPE, positions from 0
    queries_before_rope     [heads, entries, headDim]
    queries                 [heads, entries, headDim]    after RoPE
    attention               [heads, entries, entries]    causal softmax of queries and keys
    o_weight                [hidden, heads * headDim]    output projection (CriticalKV)
    value_projection_norm   [kvHeads, entries]           what CriticalKV multiplies with
    query_mean, query_covariance                         [heads, headDim (, headDim)] before RoPE, first 4 rows left out
    rotation/<n>            [headDim, headDim]           mean RoPE rotation of the n positions behind the entries
    query_mean/<n>, query_covariance/<n>                 the same statistics, rotated by it
    scores/<press>          [kvHeads, entries]           of the scoring press, whatever wraps it
    merged/<case>           [kvHeads, kept, headDim]     values after MergingPress, in the order of the kept indices
    head_scores             [layers, kvHeads]            the table given to DuoAttention

A case of the manifest
    press, options, inner   class, constructor arguments, and the press inside a wrapper
    ratio                   compression_ratio; absent where the press has none
    scores                  name of the tensor
    needs                   tensors that a reimplementation reads
    kept                    layers x kvHeads x ascending indices of the entries that stay
    margin                  lowest kept minus highest dropped score of the closest head, where every head keeps its best

No case depends on how ties are broken: the kept sets are the same when all inputs are changed by about one part in
100,000 and equal scores are put in any order.
"""

from kvpress_parity import write

if __name__ == "__main__":
    write.main()
