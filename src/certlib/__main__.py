"""``python -m certlib``: the command line."""

from certlib.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
