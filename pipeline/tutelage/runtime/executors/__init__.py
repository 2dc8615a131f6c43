"""What runs a stage: a job in (stage, inputs, place, seed), its artifact's manifest out."""
