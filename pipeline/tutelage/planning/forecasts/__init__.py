"""Forecasts of stages: a PlannedStage in, a StageForecast out."""
