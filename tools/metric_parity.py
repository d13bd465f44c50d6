"""Writes what the published scorers say of made predictions to tests/fixtures/metrics.

    git clone https://github.com/THUDM/LongBench .cache/LongBench
    git clone https://github.com/OpenBMB/InfiniteBench .cache/InfiniteBench
    git clone https://github.com/thunlp/InfLLM .cache/InfLLM
    python3 -m venv .cache/metrics
    .cache/metrics/bin/python -m pip install -r tools/metric_parity/requirements.txt
    .cache/metrics/bin/python tools/metric_parity.py --longbench .cache/LongBench/LongBench \\
        --infinitebench .cache/InfiniteBench/src --infllm .cache/InfLLM/benchmark

The scorers' own files are imported and run unchanged. Only what they cannot import without the network is replaced:
`evaluate.load("rouge")` by the package `rouge-score`, called as that metric calls it (without stemming; the best of
several references by F). Python's limit of frames is set so that `rouge` has as many left as under LongBench's eval.py.

A file of the fixture
    metric      name of ours
    original    file and function; sha256 of the file
    packages    versions of Python and of the packages that it uses
    cases       [prediction, expected, score, options?]; a score that is a text is the error that the original raises

A second run writes the same bytes. `--recorded FOLDER` checks nothing made but the predictions that InfiniteBench
published (its folder `results`): they are written to FOLDER in the same form, which the same test reads where
METRIC_FIXTURES names it.
"""

from metric_parity import write

if __name__ == "__main__":
    write.main()
