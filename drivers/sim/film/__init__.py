"""Films of a truck's bed with known truth: rendered plates, a script, and a camera's life put over them."""
