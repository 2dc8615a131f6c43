"""What the device at hand computes fast."""


def has_gpu() -> bool:
    """True where torch sees a CUDA device."""
    import torch

    return bool(torch.cuda.is_available())


def fast_bf16() -> bool:
    """True where bfloat16 products beat float32 ones: CUDA, or a CPU with AVX512-BF16 or AMX."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
