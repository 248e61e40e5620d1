"""Fitting networks: one loop for all models made with torch, and one way to give them out.

    examples --(people held out)--> epochs of batches --> the network at its best epoch --> probabilities, ONNX

It runs on the graphics card when there is one, else on one core.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import ModelProto
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from services.classifier.manifest import NONE
from services.classifier.model import PROBABILITIES
from services.core.errors import SettingsError
from services.core.types import FloatArray
from training.examples import Examples
from training.folds import grouped_folds
from training.mixing import Mixing
from training.progress import Watch

__all__ = [
    "ASKED_AT_ONCE",
    "HELD_OUT",
    "FittedNetwork",
    "Network",
    "Recipe",
    "Variation",
    "Watch",
    "exported",
    "fitted",
    "held_out",
]

OPSET: Final = 18
HELD_OUT: Final = 8
"""One in so many parts of the footage is held out to stop by: whole sources and people."""
ASKED_AT_ONCE: Final = 256
"""Clips asked about at a time: more only costs memory."""

Variation = Callable[[Tensor], Tensor]
"""Makes of a batch (B, ...) what it could have been as well; chance comes from torch's own generator."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is fitted.

    Attributes:
        epochs: times it sees each example, at most.
        batch: examples a step.
        learning_rate: of Adam with decoupled weight decay (Loshchilov, Hutter 2019); the greatest where it changes.
        one_cycle: whether it rises and falls once (Smith, Topin 2018); else it stays.
        weight_decay: pulls weights towards 0.
        smoothing: probability that is spread over the other labels: some labels of the footage are wrong.
        clip: greatest norm of a step's gradient; 0 for no bound.
        drawn: examples of an epoch, drawn by their weights; None shows each once, its loss weighted.
        mixed: how examples are mixed with others (`training.mixing`); 0 mixes none.
        spliced: of so many batches the clips begin as others do instead, so that what somebody does now says more than
            what they did a second ago; 0 splices none.
        patience: epochs without a better answer on people held out after which it stops, its best epoch kept; None
            learns from everybody, to the end.
    """

    epochs: int
    batch: int
    learning_rate: float
    one_cycle: bool = True
    weight_decay: float = 0.0
    smoothing: float = 0.0
    clip: float = 1.0
    drawn: int | None = None
    mixed: float = 0.0
    spliced: float = 0.0
    patience: int | None = None


class Network(nn.Module):
    """A network that says how likely each label is; its input needs no scaling by the caller."""

    def scores(self, features: Tensor) -> Tensor:
        """(N, L) unbounded scores of features (N, ...)."""
        raise NotImplementedError

    def forward(self, features: Tensor) -> Tensor:
        """(N, L) probabilities."""
        return torch.softmax(self.scores(features), dim=1)


class FittedNetwork:
    """A network that was fitted, for `training.bundle`.

    Args:
        network: its forward gives probabilities.
        shape: of one example's features.
    """

    def __init__(self, network: nn.Module, shape: tuple[int, ...]) -> None:
        self.network = network.cpu().eval()
        self._shape = shape

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return sum(part.numel() for part in self.network.parameters())

    def probabilities(self, features: FloatArray) -> FloatArray:
        """(N, L) by torch itself, to prove the export by."""
        with torch.no_grad():
            parts = torch.split(torch.from_numpy(np.ascontiguousarray(features)), ASKED_AT_ONCE)
            return np.concatenate([self.network(part).numpy() for part in parts]).astype(np.float32)

    def onnx(self) -> bytes:
        """The model as ONNX, its weights inside, its input (N, ...) and its output (N, L)."""
        return bytes(exported(self.network, self._shape, (PROBABILITIES,)).SerializeToString())


def exported(network: nn.Module, shape: tuple[int, ...], outputs: tuple[str, ...]) -> ModelProto:
    """A network as ONNX, for any number of clips.

    Args:
        network: in evaluation mode.
        shape: of one example's features.
        outputs: names of what it gives.
    """
    with warnings.catch_warnings():
        # torch warns of its own deprecated internals.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (torch.zeros(2, *shape),),
            input_names=["features"],
            output_names=list(outputs),
            opset_version=OPSET,
            dynamic_shapes=({0: torch.export.Dim("clips")},),
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export gave no program")
    # Weights beside the file would be outside its hash; as one message they are inside.
    model: ModelProto = program.model_proto
    _forget_origins(model)
    return model


def _forget_origins(model: ModelProto) -> None:
    """Drop what the exporter notes of each step, folders of the machine that trained among it.

    They are nobody's business, weigh as much as a network, and would give the same model another hash elsewhere.
    """
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]


def fitted(
    make: Callable[[], Network],
    examples: Examples,
    recipe: Recipe,
    *,
    seed: int,
    vary: Variation | None = None,
    watch: Watch | None = None,
) -> FittedNetwork:
    """Make a network and fit it to examples.

    Args:
        make: makes it, its weights by chance.
        examples: what to learn.
        recipe: how.
        seed: the same seed and examples give the same network on the same machine.
        vary: changes each batch.
        watch: who wants to see how it goes.

    Raises:
        SettingsError: people are to be held out and there is nobody who can be.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    learnt, held = held_out(examples, seed) if recipe.patience is not None else (np.arange(len(examples)), None)
    network = make().to(device)
    run = _Run(network, examples, learnt, recipe=recipe, vary=vary, device=device)
    watch = watch or Watch()
    writer = SummaryWriter(str(watch.logs)) if watch.logs else None
    task = watch.progress.add_task("epochs", total=recipe.epochs) if watch.progress else None
    best, best_loss, best_epoch = None, float("inf"), 0
    for epoch in range(recipe.epochs):
        told = {"loss/learnt": run.epoch()}
        if held is not None and recipe.patience is not None:
            told["loss/held_out"], told["accuracy/held_out"] = run.judge(held)
            if told["loss/held_out"] < best_loss:
                best, best_loss, best_epoch = deepcopy(network.state_dict()), told["loss/held_out"], epoch
        if writer:
            for name, value in told.items():
                writer.add_scalar(name, value, epoch)
        if watch.progress and task is not None:
            words = ", ".join(f"{name} {value:.3f}" for name, value in told.items())
            watch.progress.update(task, advance=1, description=f"epochs ({words})")
        if recipe.patience is not None and epoch - best_epoch >= recipe.patience:
            break
    if best is not None:
        network.load_state_dict(best)
    if writer:
        writer.close()
    if watch.progress and task is not None:
        watch.progress.remove_task(task)
    return FittedNetwork(network, examples.features.shape[1:])


class _Run:
    """One network being fitted."""

    def __init__(
        self,
        network: Network,
        examples: Examples,
        learnt: NDArray[np.int64],
        *,
        recipe: Recipe,
        vary: Variation | None,
        device: torch.device,
    ) -> None:
        self._network, self._recipe, self._device, self._vary = network, recipe, device, vary
        self._features = torch.from_numpy(examples.features)
        self._labels = torch.from_numpy(examples.label)
        self._weights = torch.from_numpy(examples.weights())
        self._learnt = torch.from_numpy(learnt)
        steps = recipe.epochs * -(-(recipe.drawn or len(learnt)) // recipe.batch)
        self._optimizer = torch.optim.AdamW(
            network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self._schedule = (
            torch.optim.lr_scheduler.OneCycleLR(self._optimizer, recipe.learning_rate, total_steps=steps)
            if recipe.one_cycle
            else torch.optim.lr_scheduler.ConstantLR(self._optimizer, 1.0)
        )
        rest = examples.labels.index(NONE) if NONE in examples.labels else -1
        self._mixing = Mixing(recipe.mixed, recipe.spliced, rest) if recipe.mixed or recipe.spliced else None
        self._loss = nn.CrossEntropyLoss(reduction="none", label_smoothing=recipe.smoothing)

    def epoch(self) -> float:
        """Learn from every example once, or from as many as are drawn; the mean loss."""
        self._network.train()
        total = 0.0
        shown = self._shown()
        for rows in torch.split(shown, self._recipe.batch):
            batch = self._features[rows].to(self._device)
            if self._vary:
                batch = self._vary(batch)
            labels, weights = self._labels[rows].to(self._device), self._weights[rows].to(self._device)
            if self._recipe.drawn:
                weights = torch.ones_like(weights)
            if self._mixing:
                batch, other, part = self._mixing(batch, labels)
                scores = self._network.scores(batch)
                losses = part * self._loss(scores, labels) + (1 - part) * self._loss(scores, labels[other])
            else:
                losses = self._loss(self._network.scores(batch), labels)
            loss = (losses * weights).mean()
            self._optimizer.zero_grad()
            loss.backward()
            if self._recipe.clip:
                nn.utils.clip_grad_norm_(self._network.parameters(), self._recipe.clip)
            self._optimizer.step()
            self._schedule.step()
            total += float(loss.detach()) * len(rows)
        return total / len(shown)

    def _shown(self) -> Tensor:
        """Rows of an epoch's examples, in the order in which they are shown."""
        if self._recipe.drawn is None:
            return self._learnt[torch.randperm(len(self._learnt))]
        return self._learnt[torch.multinomial(self._weights[self._learnt], self._recipe.drawn, replacement=True)]

    def judge(self, held: NDArray[np.int64]) -> tuple[float, float]:
        """Weighted loss and accuracy on people held out."""
        self._network.eval()
        with torch.no_grad():
            parts = [
                self._network.scores(self._features[rows].to(self._device)).cpu()
                for rows in torch.split(torch.from_numpy(held), ASKED_AT_ONCE)
            ]
        scores, labels, weights = torch.cat(parts), self._labels[held], self._weights[held]
        losses = nn.functional.cross_entropy(scores, labels, reduction="none")
        loss = float((losses * weights).sum() / weights.sum())
        return loss, float((scores.argmax(1) == labels).float().mean())


def held_out(examples: Examples, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to learn from, and rows of other people from other sources to stop by.

    A source that alone shows a label is learnt from, for what was never seen cannot be answered.

    Raises:
        SettingsError: nobody can be held out.
    """
    recorded = np.unique(examples.video[examples.video < len(examples.videos)])
    videos = [examples.videos[number] for number in recorded]
    folds = grouped_folds(videos, min(HELD_OUT, len({video.source for video in videos})) or 1)
    fold = folds[seed % len(folds)]
    sources = {videos[index].source for index in fold.test}
    elsewhere = {videos[index].label for index in range(len(videos)) if videos[index].source not in sources}
    sources -= {videos[index].source for index in fold.test if videos[index].label not in elsewhere}
    people = {video.subject_id for video in videos if video.source in sources}
    held = recorded[[video.source in sources for video in videos]]
    left_out = recorded[[video.source in sources or video.subject_id in people for video in videos]]
    if not len(held):
        raise SettingsError(
            "training stops by people held out, but every source alone shows one of its labels: add footage of these "
            "labels from elsewhere, or train a model that learns from everybody (forest, lstm)"
        )
    return np.flatnonzero(~np.isin(examples.video, left_out)), np.flatnonzero(np.isin(examples.video, held))
