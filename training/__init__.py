"""How the load model is made: python -m training.train --help."""
