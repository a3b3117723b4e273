"""What a terabyte costs on AWS Glue, from what a gigabyte takes here."""

from __future__ import annotations

import statistics

from .figures import Figure

# G.1X, as AWS Glue's pricing page has it for us-east-1.
_VCPU_PER_DPU, _DOLLARS_PER_DPU_HOUR = 4, 0.44
_GB_PER_TB = 1000


def per_terabyte(figure: Figure, gigabytes: float, cores: int) -> str:
    """The arithmetic for what took `figure` on so many GB and cores.

    It assumes that a vCPU there does as much as a core here, that more of them do proportionally more, and that S3
    keeps up; start-up and the worker that is the driver come on top.
    """
    seconds = statistics.median(figure.values)
    core_seconds = seconds * cores / gigabytes
    dpu_hours = core_seconds * _GB_PER_TB / _VCPU_PER_DPU / 3600
    return (
        f"{figure.name}: "
        f"{seconds:.1f} s × {cores} cores / {gigabytes:.2f} GB = {core_seconds:.0f} core-seconds per GB; "
        f"× {_GB_PER_TB} GB / {_VCPU_PER_DPU} vCPU per DPU / 3600 s = {dpu_hours:.1f} DPU-hours per TB; "
        f"× {_DOLLARS_PER_DPU_HOUR} USD = {dpu_hours * _DOLLARS_PER_DPU_HOUR:.2f} USD per TB"
    )
