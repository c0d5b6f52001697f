"""Many vehicles' records as columns, and where they unload: for a laptop or a server.

pyarrow, duckdb and h3 are the extra `analysis`, pyspark the extra `spark`; each is imported where it is used.
"""
