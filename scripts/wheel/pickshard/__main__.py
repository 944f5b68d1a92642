"""`python -m pickshard ...` is `pickshard ...`."""

import os
import subprocess
import sys

from ._binary import find_binary


def main() -> None:
    command = [os.fspath(find_binary()), *sys.argv[1:]]
    if sys.platform != "win32":
        os.execv(command[0], command)
    try:
        sys.exit(subprocess.run(command).returncode)
    except KeyboardInterrupt:  # the program was interrupted too, and has said so
        sys.exit(130)


if __name__ == "__main__":
    main()
