"""Where rows and costs come from: in goes a run's folder, out come origins and attributed USD."""
