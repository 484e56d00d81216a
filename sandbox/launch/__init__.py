"""From the command line to jobs: Hydra's side. Whatever is imported from here, `bootstrap` has come before it."""

from sandbox.launch import bootstrap as bootstrap
