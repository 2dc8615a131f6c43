"""Models: anything that answers chat requests, by whichever engine, each answer with its usage."""

from pipeline.models.chat import (
    Completion,
    Engine,
    Message,
    Request,
    Sampling,
    unanswered,
    unusable,
)
from pipeline.models.client import Client
from pipeline.models.model import Model, ModelConfig

__all__ = [
    "Client",
    "Completion",
    "Engine",
    "Message",
    "Model",
    "ModelConfig",
    "Request",
    "Sampling",
    "unanswered",
    "unusable",
]
