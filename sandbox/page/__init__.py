"""The page: every claim with its evidence and a laboratory, gathered from a store into one HTML file."""
