"""What the hardware says: receivers, cameras, the clock, and the simulators that stand in for them."""
