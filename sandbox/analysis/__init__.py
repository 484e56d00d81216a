"""What single experiments compute beside training; only experiments enter here."""
