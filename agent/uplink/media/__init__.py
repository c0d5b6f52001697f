"""Pictures on their way to a platform: first the manifest, then the files in chunks, behind all else."""
