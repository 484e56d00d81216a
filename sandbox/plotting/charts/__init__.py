"""What stands inside one pair of axes."""
