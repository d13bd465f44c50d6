#!/usr/bin/env python3
"""Make the tokenizers' goldens in tests/fixtures/io/tokenizer.

    python3 tools/goldens/tokenizer.py

Needs tokenizers, transformers, sentencepiece, gguf and llama-cpp-python. Everything comes from this
repository; the small tokenizers are trained here on the lines themselves.

lines.json.gz        base64 of 2,000 lines; some are not UTF-8, both sides replace with U+FFFD
tiny.ids.json.gz     ids of the bundled model's tokenizer, by `tokenizers`
NAME.json.gz         a small tokenizer.json
NAME.ids.json.gz     its ids, by `tokenizers`, of every line in SOME
gguf.ids.json.gz     ids of gpt2's vocabulary under each tokenizer.ggml.pre, by llama.cpp or `tokenizers`
spm.json.gz          a SentencePiece vocabulary as GGUF metadata, and its ids by `sentencepiece`
templates.json       chat templates and what transformers makes of them
"""

import base64
import collections
import gzip
import io
import json
import pathlib
import sys
import tempfile

# This file's own folder comes last: its gguf.py would hide the package.
sys.path.append(sys.path.pop(0))

import gguf  # noqa: E402
import llama_cpp  # noqa: E402
import sentencepiece  # noqa: E402
import tokenizers  # noqa: E402
import transformers  # noqa: E402
from lines import make_lines  # noqa: E402
from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers, trainers  # noqa: E402

ROOT = pathlib.Path(__file__).parents[2]
OUT = ROOT / "tests/fixtures/io/tokenizer"
SOME = slice(0, 2000, 5)
LINES = make_lines()
TEXTS = [line.decode("utf-8", "replace") for line in LINES]
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
          r"\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
QWEN35 = QWEN2.replace(r"\p{L}+", r"[\p{L}\p{M}]+").replace(r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{M}\p{N}]")
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
END = r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
TEKKEN = rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*|\p{{N}}" + END
GPT4O = TEKKEN.replace(f"{LOWER}+|", f"{LOWER}+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|").replace(
    f"{LOWER}*|", f"{LOWER}*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|").replace(r"|\p{N}|", r"|\p{N}{1,3}|")
# Names that llama.cpp reads alike share a line; the script checks that they do.
PRE = [["default"], ["gpt-2", "phi-2", "olmo"], ["smollm", "starcoder", "refact", "command-r"],
       ["llama-bpe", "llama3", "llama-v3"], ["qwen2", "deepseek-r1-qwen"],
       ["dbrx", "smaug-bpe"], ["qwen35"]]
# llama.cpp cuts these near enough; here they are cut as their models' own tokenizer.json does. Words that are tokens are whole.
OWN = {"tekken": (TEKKEN, True), "gpt-4o": (GPT4O, False), "qwen35": (QWEN35, False)}
ALIKE = {"tekken": ["tekken"], "gpt-4o": ["gpt-4o", "llama4"]}


def write(name, value):
    """JSON, gzipped without a date so that the file changes only with its content."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0, compresslevel=9) as file:
        file.write(data)
    (OUT / name).write_bytes(buffer.getvalue())


def ids_of(tokenizer, texts):
    tokenizer.encode_special_tokens = True  # text never becomes a special token
    return [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]


def tiny():
    """The bundled model's tokenizer, rebuilt from its GGUF file."""
    fields = gguf.GGUFReader(ROOT / "models/tiny/tiny-q8_0.gguf").fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(m.split(" ")) for m in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = tokenizers.Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.add_special_tokens(SPECIAL)
    write("tiny.ids.json.gz", ids_of(tokenizer, TEXTS))


def byte_level(pattern, **options):
    tokenizer = tokenizers.Tokenizer(models.BPE(**options))
    steps = [] if pattern is None else [pre_tokenizers.Split(Regex(pattern), "isolated")]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [*steps, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pattern is None)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=SPECIAL, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def alphabet(size):
    """The commonest letters; the trainer alone would break ties anew on each run."""
    counts = collections.Counter("".join(TEXTS).replace(" ", "▁"))
    return sorted(counts, key=lambda letter: (-counts[letter], letter))[:size]


def llama2(apart, metaspace):
    """Byte fallback and no word splitting; `apart`: no token has a space inside."""
    tokenizer = tokenizers.Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    prefix = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.normalizer = prefix
    if apart:
        tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("▁*[^▁]+"), "isolated")
    special = ["<unk>", "<s>", "</s>"]
    trainer = trainers.BpeTrainer(vocab_size=900, special_tokens=special + [f"<0x{b:02X}>" for b in range(256)],
                                  initial_alphabet=alphabet(90), limit_alphabet=90, max_token_length=12,
                                  show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = [token for token in data["added_tokens"] if token["content"] in special]
    data["pre_tokenizer"] = None
    if metaspace:
        data["normalizer"] = None
        data["pre_tokenizer"] = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}
    data["decoder"] = {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
    return tokenizers.Tokenizer.from_str(json.dumps(data))


def small():
    qwen2 = byte_level(QWEN2)
    qwen2.normalizer = normalizers.NFC()
    made = {
        "gpt2": byte_level(None),
        "llama3": byte_level(LLAMA3, ignore_merges=True),
        "qwen2": qwen2,
        "llama2": llama2(apart=False, metaspace=False),
        "llama2-apart": llama2(apart=True, metaspace=False),
        "metaspace": llama2(apart=True, metaspace=True),
    }
    for name, tokenizer in made.items():
        write(f"{name}.json.gz", json.loads(tokenizer.to_str()))
        write(f"{name}.ids.json.gz", ids_of(tokenizer, TEXTS[SOME]))
    return made


def llama_cpp_ids(add_metadata):
    """Ids of SOME lines by llama.cpp from a GGUF that holds only a tokenizer."""
    with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
        writer = gguf.GGUFWriter(file.name, "llama")
        add_metadata(writer)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.close()
        model = llama_cpp.Llama(file.name, vocab_only=True, verbose=False)
        return [model.tokenize(text.encode(), add_bos=False, special=False) for text in TEXTS[SOME]]


def pre_types(gpt2):
    model = json.loads(gpt2.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)

    def ids(pre):
        def add(writer):
            writer.add_tokenizer_model("gpt2")
            writer.add_tokenizer_pre(pre)
            writer.add_token_list(tokens)
            writer.add_token_types([3 if t in SPECIAL else 1 for t in tokens])
            writer.add_token_merges([" ".join(m) for m in model["merges"]])
        return llama_cpp_ids(add)

    made = {}
    for names in PRE:
        for name in names:
            made[name] = ids(name)
            assert made[name] == made[names[0]], name
    groups = {names[0]: {"alike": names, "ids": made[names[0]]} for names in PRE}
    for name, (pattern, whole) in OWN.items():
        tokenizer = tokenizers.Tokenizer.from_str(gpt2.to_str())
        tokenizer.model.ignore_merges = whole
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
        own = ids_of(tokenizer, TEXTS[SOME])
        if name in groups:
            assert own == made[name], name
        else:
            groups[name] = {"alike": ALIKE[name], "ids": own}
            print(f"{name}: llama.cpp cuts {sum(a != b for a, b in zip(own, ids(name)))} of {len(own)} lines otherwise")
    write("gguf.ids.json.gz", groups)


def spm():
    with tempfile.TemporaryDirectory() as folder:
        corpus = pathlib.Path(folder) / "lines.txt"
        corpus.write_text("\n".join(" ".join(text.split()) for text in TEXTS))
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=f"{folder}/spm", model_type="bpe", vocab_size=1200, byte_fallback=True,
            normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True,
            character_coverage=0.98, user_defined_symbols=["<tool>", "<tool_call>"], minloglevel=2)
        model = sentencepiece.SentencePieceProcessor(model_file=f"{folder}/spm.model")
    size = model.vocab_size()
    kind = lambda i: (2 if model.is_unknown(i) else 3 if model.is_control(i) else 6 if model.is_byte(i)
                      else 4 if model.id_to_piece(i) in ("<tool>", "<tool_call>") else 1)
    value = {
        "tokens": [model.id_to_piece(i) for i in range(size)],
        "scores": [model.get_score(i) for i in range(size)],
        "types": [kind(i) for i in range(size)],
    }
    texts = TEXTS[SOME] + ["a <tool> b", "<tool_call><tool>", "x<tool>y"]
    # SentencePiece turns no NUL and no U+2581 back; those lines are left to llama.cpp's reading.
    plain = [i for i, text in enumerate(texts) if "\0" not in text and "▁" not in text and "<tool" not in text]

    def add(writer, prefix=True):
        writer.add_tokenizer_model("llama")
        writer.add_add_space_prefix(prefix)
        writer.add_token_list(value["tokens"])
        writer.add_token_scores(value["scores"])
        writer.add_token_types(value["types"])
        writer.add_unk_token_id(0)
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)

    value["ids"] = {i: model.encode(texts[i]) for i in plain}
    value["llamaCpp"] = llama_cpp_ids(add)
    value["bare"] = llama_cpp_ids(lambda writer: add(writer, False))  # Gemma's: no space before the text
    write("spm.json.gz", value)


TEMPLATES = {
    "chatml": (
        "{%- if messages[0]['role'] != 'system' -%}{{ '<|im_start|>system\\nBe brief.<|im_end|>\\n' }}{%- endif -%}"
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + "
        "'\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
        "<|im_start|>", "<|im_end|>"),
    "llama3": (
        "{{- bos_token }}\n{%- set loop_messages = messages %}\n{%- for message in loop_messages %}\n"
        "    {%- set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + "
        "message['content'] | trim + '<|eot_id|>' %}\n    {{- content }}\n{%- endfor %}\n"
        "{%- if add_generation_prompt %}\n    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}\n{%- endif %}\n",
        "<|begin_of_text|>", "<|eot_id|>"),
    "zephyr": (
        "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\\n' + message['content'] + "
        "eos_token }}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\\n' + message['content'] + eos_token }}\n"
        "{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\\n'  + message['content'] + eos_token }}\n"
        "{% else %}\n{{ raise_exception('Unknown role ' + message['role']) }}\n{% endif %}\n"
        "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}",
        "<s>", "</s>"),
}
DIALOGUES = [
    [{"role": "user", "content": "Who saw the whale?"}],
    [{"role": "system", "content": "Answer in one word."}, {"role": "user", "content": " Émile asked:\n\n“Who?” 🎉 "}],
    [{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"},
     {"role": "user", "content": "{{ not a template }} <|im_end|> {% raw %}"}],
]


def templates():
    """Also the bundled model's own template, by transformers."""
    fields = gguf.GGUFReader(ROOT / "models/tiny/tiny-q8_0.gguf").fields
    tiny = (fields["tokenizer.chat_template"].contents(), "<|endoftext|>", "<|im_end|>")
    made = []
    for name, (source, bos, eos) in {"tiny": tiny, **TEMPLATES}.items():
        tokenizer = transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizers.Tokenizer(models.BPE()), bos_token=bos, eos_token=eos)
        made.append({
            "name": name, "template": source, "bos": bos, "eos": eos,
            "cases": [{"messages": messages, "text": tokenizer.apply_chat_template(
                messages, chat_template=source, tokenize=False, add_generation_prompt=True)} for messages in DIALOGUES],
        })
    (OUT / "templates.json").write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    write("lines.json.gz", [base64.b64encode(line).decode() for line in LINES])
    tiny()
    made = small()
    pre_types(made["gpt2"])
    spm()
    templates()
