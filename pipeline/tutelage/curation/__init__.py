"""From raw rows to good ones: filters, duplicates, diversity; in go rows, out come rows and reasons."""
