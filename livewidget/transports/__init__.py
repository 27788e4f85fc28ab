"""What carries messages: bytes to and from a delivery, and nothing else."""
