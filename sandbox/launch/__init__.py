"""From the command line to jobs: Hydra's side."""
