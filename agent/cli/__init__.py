"""One small file per noun: parse, call, print."""
