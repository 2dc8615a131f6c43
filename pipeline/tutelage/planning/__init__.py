"""What `tutelage plan` does: what a run would find, do, need and cost, before it is started."""
