"""What the unit does: rules, vision, uplink, and the commands around them."""
