"""What this machine's processor can do at most: the floor that a step's time is held against."""

from __future__ import annotations

import time
from typing import Final

import torch

from truthgpt.training.pretraining.energy import Hardware

_DENSE: Final = {
    "B200": {torch.bfloat16: 2_250e12},
    "H200": {torch.bfloat16: 989.5e12},
    "H100 PCIe": {torch.bfloat16: 756e12},
    "H100": {torch.bfloat16: 989.5e12},
    "A100": {torch.bfloat16: 312e12},
    "L40S": {torch.bfloat16: 362e12},
    "MI300X": {torch.bfloat16: 1_307e12},
}
"""Dense products a second by the makers' data sheets; FLOP/s."""


def device_name(device: torch.device) -> str:
    """What the device calls itself."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU, {torch.get_num_threads()} threads"


def hardware(ranks: int = 1) -> Hardware:
    """What a run of `ranks` ranks on machines like this one runs on: its GPUs, or the cores that PyTorch uses."""
    if torch.cuda.is_available():
        return Hardware(torch.cuda.get_device_name(), ranks, gpu=True)
    return Hardware("CPU core", ranks * torch.get_num_threads(), gpu=False)


def computes_bfloat16(device: torch.device) -> bool:
    """Whether products of bfloat16 are faster than those of float32 here."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(supported and supported())


def peak(device: torch.device, dtype: torch.dtype) -> float:
    """FLOP/s of matrix products: of the data sheet where the device is known, else as measured now, in a moment."""
    name = device_name(device)
    for kind, rates in _DENSE.items():
        if kind in name and dtype in rates:
            return rates[dtype]
    return measured(device, dtype)


def measured(device: torch.device, dtype: torch.dtype, size: int | None = None, times: int = 5) -> float:
    """FLOP/s of products of square matrices of `size`, the best of `times`."""
    size = size or (8_192 if device.type == "cuda" else 512)
    left = torch.randn(size, size, device=device).to(dtype)
    seconds = []
    for _ in range(times + 1):
        _wait(device)
        begun = time.perf_counter()
        left @ left
        _wait(device)
        seconds.append(time.perf_counter() - begun)
    return 2.0 * size**3 / min(seconds[1:])


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
