"""The commands: a module each, whose `main` is thin. What they share is in `sandbox.launch.command`."""
