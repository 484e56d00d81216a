"""What one job does: build, train, measure, and keep the outcome."""
