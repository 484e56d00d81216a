"""What one command does: arms, jobs, records, resumption, verdicts, the ledger."""
