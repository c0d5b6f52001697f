"""The rules over a recording: what they would have said."""
