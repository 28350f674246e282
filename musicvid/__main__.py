"""``python -m musicvid``."""

from musicvid.cli.main import main

if __name__ == "__main__":
    main()
