"""Hardware and seconds in, an estimate of energy out: power times time, with the assumption in words.

Where nobody measured the power, it is what the maker says the part may take at the most, as though it did so all the
time. Cooling, memory, network and the rest of the machine are not in it, nor what making the parts took.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_WATTS: Final = (
    ("H200", 700.0),
    ("H100 PCIe", 350.0),
    ("H100", 700.0),
    ("B200", 1000.0),
    ("A100", 400.0),
    ("L40S", 350.0),
    ("L4", 72.0),
    ("T4", 70.0),
    ("RTX 4090", 450.0),
    ("RTX 3090", 350.0),
)
"""The most that a GPU takes (NVIDIA's data sheets), by a part of its name; the first that fits counts."""
_CORE: Final = 6.25
"""Watts of a processor's core: a Xeon Platinum 8480+ takes 350 W with 56 cores (Intel's data sheet)."""
_GPU: Final = 400.0
"""Watts of a GPU that the table does not know."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a stage ran on: `count` of `device` ("NVIDIA H200"; of a processor, its cores), which take `watts` each, as
    measured or known; None where nobody knows. `gpu` tells the two kinds apart."""

    device: str
    count: int
    gpu: bool
    watts: float | None = None


@dataclass(frozen=True, slots=True)
class Energy:
    """An estimate in kilowatt-hours, and what it rests on."""

    kwh: float
    assumption: str


def energy(hardware: Hardware, seconds: float) -> Energy:
    """Power times time: kWh = count · watts · seconds / 3.6 million."""
    watts, why = _power(hardware)
    return Energy(
        kwh=hardware.count * watts * seconds / 3.6e6,
        assumption=f"{hardware.count} × {watts:g} W ({why}) all the time; the rest of the machine and cooling not counted",
    )


def _power(hardware: Hardware) -> tuple[float, str]:
    if hardware.watts is not None:
        return hardware.watts, "as given"
    if not hardware.gpu:
        return _CORE, "a server processor's limit by its cores"
    for name, watts in _WATTS:
        if re.search(rf"\b{re.escape(name)}\b", hardware.device, re.IGNORECASE):
            return watts, f"the limit of {name} by its data sheet"
    return _GPU, "assumed for a GPU that is not known"
