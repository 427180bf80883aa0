"""The demo district: real divisions of Tong'an, everything else invented (README.md says how)."""

from pathlib import Path

#: The folder to load, in the format of contract section 4.
FOLDER = Path(__file__).parent
