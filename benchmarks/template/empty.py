"""The least that Hydra can do: an app without a configuration."""

import hydra


@hydra.main(version_base="1.3", config_path=None)
def main(_: object) -> None:
    """Nothing."""


if __name__ == "__main__":
    main()
