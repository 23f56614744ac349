import os
from pathlib import Path

from demo.start import start

if __name__ == "__main__":
    try:
        code = start(Path(__file__).resolve().parent.parent, os.environ)
    except KeyboardInterrupt:  # before anything was started; afterwards the supervisor takes the signals
        code = 130
    raise SystemExit(code)
