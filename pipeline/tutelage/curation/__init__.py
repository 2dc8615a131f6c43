"""From raw rows to good ones by filters, duplicates, diversity: in go rows, out come rows kept and
rows rejected with a reason."""
