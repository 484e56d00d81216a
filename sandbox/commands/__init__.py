"""The commands beside `sandbox.run`: a module each, whose `main` is thin. What they share is in `sandbox.launch.command`."""
