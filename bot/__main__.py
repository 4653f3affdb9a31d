"""`python -m bot`, and what `kindling` starts."""

import gc


def main() -> None:
    """Run the command.

    Importing makes hundreds of thousands of objects, of which nearly none is garbage: looking for garbage among them
    takes a fifth of the start. What was imported stays, so nobody has to look there later either.
    """
    gc.disable()
    from bot import cli  # noqa: PLC0415 -- this is the importing that is meant

    gc.freeze()
    gc.enable()
    cli.main()


if __name__ == "__main__":
    main()
