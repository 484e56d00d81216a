"""Claims on trial: predictions, measures, statistics, verdicts. Nothing here knows of networks or stores."""
