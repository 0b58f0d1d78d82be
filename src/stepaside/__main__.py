"""Let `python -m stepaside` be the command line."""

from stepaside.cli import main

if __name__ == "__main__":
    main()
