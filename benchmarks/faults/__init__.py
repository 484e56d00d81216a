"""What happens to sweeps when their processes and their stores fail."""
