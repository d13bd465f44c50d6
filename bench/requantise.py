"""Writes a GGUF file again in Q4_0, which llama.cpp repacks for the processor: requantise.py FROM TO. Needs llama-cpp-python."""
import sys
import llama_cpp as lib

params = lib.llama_model_quantize_default_params()
params.ftype, params.allow_requantize = lib.LLAMA_FTYPE_MOSTLY_Q4_0, True
sys.exit(lib.llama_model_quantize(sys.argv[1].encode(), sys.argv[2].encode(), params))
