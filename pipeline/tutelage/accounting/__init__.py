"""What was used and what it costs: in go requests' usage and seconds, out come tokens and USD."""
