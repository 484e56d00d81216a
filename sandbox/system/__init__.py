"""What any program needs: one-line errors, the terminal, processes, signals, threads. Nothing here knows of networks."""
