"""TruthGPT: posts in; answers out whose every sentence is cited, checked and calibrated."""

import sys

__version__ = "0.1.0"

# `import openvino` reports each import to an analytics service, from a process that it forks, unless `openvino_telemetry` cannot
# be imported: then it takes a stub of its own. The engine, the verifier, the law and encoders use it; none may report to anybody.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
