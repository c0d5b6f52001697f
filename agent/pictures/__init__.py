"""Pictures on disk: names, orders to the vision process, and how long they stay."""
