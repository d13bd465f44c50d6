"""Which presses run, with which options, on which families."""

from typing import Any

Case = dict[str, Any]

QUARTERS = (0.25, 0.5, 0.75)
MOST = (0.25, 0.5, 0.75, 0.9)
EVERY = ("gqa", "mha", "mqa")

_QUERY = ["query_mean", "query_covariance"]
_NEEDS = {
    "KnormPress": ["keys"],
    "KeyDiffPress": ["keys"],
    "LagKVPress": ["keys", "values"],
    "StreamingLLMPress": [],
    "SnapKVPress": ["attention"],
    "PyramidKVPress": ["attention"],
    "TOVAPress": ["attention"],
    "ObservedAttentionPress": ["attention"],
    "FinchPress": ["attention"],
    "ExpectedAttentionPress": ["keys", "values", *_QUERY],
    "CURPress": ["keys", "values"],
    "NonCausalAttnPress": ["queries", "keys", "values"],
    "CapPress": ["keys", "values", "query_mean"],
    "CriticalKVPress": ["values", "o_weight"],
    "CriticalAdaKVPress": ["values", "o_weight"],
    "MergingPress": ["keys", "values"],
    "DuoAttentionPress": ["head_scores"],
}


def needs(case: Case) -> list[str]:
    """Tensors that a reimplementation of a case reads."""
    own = _NEEDS.get(case["press"], [])
    return sorted({*own, *(needs(case["inner"]) if "inner" in case else [])})


def cases() -> list[tuple[str, Case]]:
    """Pairs of a family and a case, in the order of the manifest."""
    found: list[tuple[str, Case]] = []

    def add(press: str, options: Case | None = None, *, inner: Case | None = None, ratios: tuple[float, ...] = (0.5,),
            families: tuple[str, ...] = EVERY, layers: int = 1) -> None:
        case: Case = {"press": press, "options": options or {}}
        if inner:
            case["inner"] = inner
        for family in families:
            for ratio in ratios or (None,):
                own = {} if ratio is None else {"ratio": ratio}
                found.append((family, {**case, **own, **({"layers": layers} if layers > 1 else {})}))

    def press(name: str, **options: Any) -> Case:
        return {"press": name, "options": options}

    snapkv = press("SnapKVPress", window_size=8, kernel_size=5)
    knorm, keydiff = press("KnormPress"), press("KeyDiffPress")
    expected = press("ExpectedAttentionPress", n_future_positions=64)
    bare_expected = press("ExpectedAttentionPress", n_future_positions=64, use_vnorm=False)
    wide = ("gqa", "mha")

    # scores of keys, values and positions alone
    add("KnormPress", ratios=MOST)
    add("KeyDiffPress", ratios=MOST)
    add("CURPress", {"leverage_type": "value", "use_local_approximation": False, "num_sinks": 0}, ratios=MOST)
    add("StreamingLLMPress", ratios=MOST)
    add("StreamingLLMPress", {"n_sink": 0}, ratios=(0.5,))
    # LagKV ranks within partitions: these ratios cut between ranks
    add("LagKVPress", {"n_sink": 4, "lag_size": 16}, ratios=(0.25, 0.375, 0.5), families=wide)
    add("LagKVPress", {"n_sink": 3, "lag_size": 20}, ratios=(0.25,), families=("mqa",))
    add("LagKVPress", {"n_sink": 4, "lag_size": 16, "cross_scoring": True}, ratios=(0.25, 0.5), families=wide)
    add("LagKVPress", {"n_sink": 4, "lag_size": 128}, ratios=(0.5, 0.75))  # too short to score

    # scores of attention
    add("SnapKVPress", {"window_size": 8, "kernel_size": 5}, ratios=QUARTERS)
    add("SnapKVPress", {"window_size": 16, "kernel_size": 1}, ratios=(0.5,))
    add("SnapKVPress", {"window_size": 4, "kernel_size": 7}, ratios=(0.25, 0.75))
    add("SnapKVPress", ratios=(0.25,), families=wide)
    add("TOVAPress", ratios=MOST)
    add("ObservedAttentionPress", ratios=MOST)
    add("FinchPress", {"normalize_scores": False, "rerotate_keys": False, "window_size": 6}, ratios=QUARTERS)
    add("FinchPress", {"normalize_scores": True, "rerotate_keys": False, "window_size": 6}, ratios=(0.5,))
    add("FinchPress", {"normalize_scores": False, "rerotate_keys": False, "window_size": 6, "chunk_length": 24},
        ratios=(0.5,), families=wide)

    # scores of queries' statistics
    add("ExpectedAttentionPress", ratios=MOST)
    add("ExpectedAttentionPress", {"n_future_positions": 64}, ratios=QUARTERS)
    add("ExpectedAttentionPress", {"n_future_positions": 64, "use_covariance": False})
    add("ExpectedAttentionPress", {"n_future_positions": 64, "use_vnorm": False})
    add("ExpectedAttentionPress", {"n_future_positions": 64, "epsilon": 0.02})

    # how many entries a layer or a head gets
    for options, ratio in (({"beta": 20}, 0.5), ({"beta": 3}, 0.7), ({"beta": 20}, 0.7)):
        add("PyramidKVPress", {"window_size": 8, "kernel_size": 5, **options}, ratios=(ratio,), families=wide,
            layers=4)
    add("PerLayerCompressionPress", {"compression_ratios": [0.2, 0.5, 0.8]}, inner=knorm, ratios=(), layers=3)
    for alpha in (0.0, 0.2, 0.6, 1.0):
        add("AdaKVPress", {"alpha_safeguard": alpha}, inner=knorm, ratios=(0.5, 0.75), families=wide)
    add("AdaKVPress", {"alpha_safeguard": 0.2}, inner=snapkv, ratios=QUARTERS, families=wide)
    add("AdaKVPress", {"alpha_safeguard": 0.2}, inner=expected, ratios=(0.5, 0.75), families=wide)
    add("DuoAttentionPress", {"head_compression_ratio": 0.5}, ratios=(), families=wide, layers=2)
    add("DuoAttentionPress", {"head_compression_ratio": 0.25}, ratios=(), families=wide, layers=2)

    # spans
    for length in (20, 8):
        add("ChunkKVPress", {"chunk_length": length}, inner=snapkv, ratios=(0.5, 0.75))
        add("ChunkKVPress", {"chunk_length": length}, inner=knorm, ratios=(0.25, 0.5))
    add("ChunkKVPress", {"chunk_length": 20}, inner=expected, ratios=(0.5,))
    add("EntropyGatedChunkKVPress", inner=snapkv, ratios=(0.5, 0.75), families=wide)
    add("EntropyGatedChunkKVPress", inner=expected)
    add("ChunkPress", {"chunk_length": 32}, inner=knorm, ratios=(0.5, 0.75))
    add("BlockPress", {"block_size": 16}, inner=keydiff, ratios=(0.5, 0.75))

    # merging what is dropped into what stays
    add("MergingPress", inner=knorm, ratios=(0.5,))
    add("MergingPress", {"similarity_threshold": 0.3}, inner=knorm, ratios=(0.5, 0.75))
    add("MergingPress", {"merge_fraction": 0.75}, inner=knorm, ratios=(0.5,))

    # further rules that need no download and no random numbers
    add("CURPress", ratios=QUARTERS)
    add("CURPress", {"leverage_type": "kv_avg", "local_window_size": 12})
    add("NonCausalAttnPress", {"chunk_size": 32}, ratios=(0.5,))
    add("CapPress", {"n_future_positions": 64})
    add("CriticalKVPress", inner=snapkv, ratios=(0.5, 0.75))
    add("CriticalKVPress", inner=bare_expected, ratios=(0.5,))
    add("CriticalAdaKVPress", inner=snapkv, ratios=(0.5,), families=wide)
    return found
