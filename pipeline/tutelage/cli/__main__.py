"""`python -m tutelage.cli`."""

from tutelage.cli.app import main

if __name__ == "__main__":
    main()
