"""Small stand-ins for the vendor's packages: a `.run` installer made with makeself, and wheels.

They are made anew for each demo repository, with fixed dates, so that the same
version of makeself gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import tempfile
import zipfile
from pathlib import Path

_DATE = (2024, 9, 30, 0, 0, 0)
_NOTICE = "A stand-in of a few kilobytes for the vendor's package; it computes nothing."

_INSTALL = r"""#!/bin/sh
# Stand-in for the CANN toolkit's installer: takes its options, installs a few small files.
set -eu
path=/usr/local/Ascend version=
for option in "$@"; do
  case "$option" in
    --install-path=*) path=${option#*=} ;;
    --version=*) version=${option#*=} ;;
    --install) ;;
    *) echo "unknown option $option" >&2; exit 1 ;;
  esac
done
home=$path/ascend-toolkit/$version
mkdir -p "$home/bin"
cp cann-info "$home/bin/cann-info"
chmod 755 "$home/bin/cann-info"
printf 'Version=%s\nStandIn=yes\n' "$version" > "$home/version.info"
ln -s "$version" "$path/ascend-toolkit/latest"
"""
_INFO = """#!/bin/sh
# Stand-in for the CANN toolkit's tools.
cat "$ASCEND_TOOLKIT_HOME/version.info"
"""
_FRAMEWORK = '''"""{notice}"""

__version__ = "{version}+standin"
'''
_OPENMIND = '''"""{notice}"""

__version__ = "{version}+standin"


def backend():
    """Name the framework below."""
    import torch

    return f"torch {{torch.__version__}}"
'''
_SERVICE = '''"""Answer /health, as the real service does."""

import argparse
import http.server
import json

import openmind


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one path."""

    def do_GET(self):
        """Say that all is well."""
        found = self.path == "/health"
        answer = {"status": "ok" if found else "unknown path", "backend": openmind.backend()}
        body = json.dumps(answer).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=8080)
http.server.ThreadingHTTPServer(("", parser.parse_args().port), Handler).serve_forever()
'''


def make_stand_ins(catalog: Path) -> None:
    """Write installer and wheels beside the Dockerfiles that install them."""
    _installer(catalog / "meta/cann/Ascend-cann-toolkit_8.0.RC2.beta1_linux.run", "8.0.RC2.beta1")
    _wheel(catalog / "meta/mindspore/wheels", "mindspore", "2.3.1", {"__init__.py": _FRAMEWORK})
    for version in ("2.1.0", "2.1.0.post1"):
        _wheel(catalog / "meta/pytorch/wheels", "torch", version, {"__init__.py": _FRAMEWORK})
    _wheel(
        catalog / "meta/openmind/wheels",
        "openmind",
        "0.8.0",
        {"__init__.py": _OPENMIND, "__main__.py": _SERVICE},
    )


def _installer(path: Path, version: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("install.sh", _INSTALL), ("cann-info", _INFO)):
            file = Path(folder) / name
            file.write_text(text, encoding="utf-8")
            file.chmod(0o755)
            os.utime(file, (0, 0))
        label = f"CANN toolkit {version} (stand-in)"
        argv = ["makeself", "--quiet", "--nox11", "--packaging-date", "2024-09-30", "--tar-extra",
                "--owner=0 --group=0 --mtime=@0 --sort=name", folder, str(path), label,
                "./install.sh"]  # fmt: skip
        subprocess.run(argv, check=True, capture_output=True)
    path.chmod(0o755)


def _wheel(folder: Path, name: str, version: str, modules: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}+standin.dist-info"
    files = {f"{name}/{module}": _filled(text, version) for module, text in modules.items()}
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}+standin\nSummary: {_NOTICE}\n"
    )
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: demo\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD")
    with zipfile.ZipFile(folder / f"{name}-{version}+standin-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(zipfile.ZipInfo(path, _DATE), text)


def _filled(text: str, version: str) -> str:
    return text if "{notice}" not in text else text.format(notice=_NOTICE, version=version)


def _record(files: dict[str, str], own: str) -> str:
    lines = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(text.encode())}")
    return "\n".join([*lines, f"{own},,"]) + "\n"
