"""What platforms ask of the vehicle: commands are taken, carried out and answered."""
