"""Model and dataset cards in the hub's format, made from plain facts."""

from pipeline.cards.card import front_matter, run_card
from pipeline.cards.dataset import DatasetFacts, dataset_card
from pipeline.cards.model import ModelFacts, model_card

__all__ = ["DatasetFacts", "ModelFacts", "dataset_card", "front_matter", "model_card", "run_card"]
