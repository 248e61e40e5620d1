"""`python -m training.train --model forest|lstm|still`: poses -> a model bundle that the running system can load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress

from services.classifier.manifest import Figure
from services.core.errors import SpotterError
from training.bundle import data_card, write_bundle
from training.evidence import Evidence, read_evidence
from training.examples import Cut, load_recordings
from training.families import Family, Model, family_of, material
from training.made_up import MadeUp
from training.memory import remember_training
from training.poses import CACHE, Recording
from training.progress import Watch
from training.videos import Video, data_directory, read_videos

SEED: Final = 7
BUNDLES: Final = Path("services/classifier/models")

NOTES: Final = (
    "Footage was gathered from public repositories, most of which state no licence: it was used for training only, "
    "and nothing of it is in the bundle.",
    "push_up is two fifths of the videos, most of them from one source; none is five minutes; several labels have two "
    "or three sources. Figures of labels with few videos say little.",
)


def train(
    model: Model,
    videos: list[Video],
    recordings: list[Recording],
    folder: Path,
    made_up: MadeUp,
    *,
    cut: Cut,
    seed: int,
    evidence: Evidence | None,
    watch: Watch | None = None,
) -> Family:
    """Learn from videos and write the bundle.

    Args:
        model: which family.
        videos: to learn from.
        recordings: their poses, in the same order.
        folder: where the bundle is written.
        made_up: further people to learn from.
        cut: how clips are cut.
        seed: the same seed and poses give the same model.
        evidence: what `training.evaluate` measured, for the data card and the temperature; None for neither.
        watch: who wants to see how networks are fitted.

    Raises:
        ModelMismatch: the exported model is not equal to the fitted one, or is too big.
    """
    family = family_of(model, watch)
    footage = material(family, videos, recordings, made_up, cut=cut, seed=seed)
    examples = footage.learnt
    fitted = family.fit(examples, seed)
    figures: tuple[Figure, ...] = evidence.figures if evidence else ()
    write_bundle(
        folder,
        fitted,
        name=str(model),
        kind=family.kind,
        fed=family.fed,
        labels=examples.labels,
        cut=cut,
        card=data_card(videos, made_up.sources, figures, (family.note, *NOTES)),
        temperature=evidence.temperature if evidence else 1.0,
        proof=examples.features[:: max(1, len(examples) // 500)],
    )
    remember_training(folder, examples, seed)
    return family


def main(  # noqa: PLR0917 - typer names them
    model: Annotated[Model, typer.Option(help="forest and lstm see clips, still sees single poses (photos).")],
    data: Annotated[
        Path | None, typer.Option(help="Folder with manifest.csv; else the environment's SPOTTER_DATA.")
    ] = None,
    poses: Annotated[Path, typer.Option(help="Where training.dataset keeps poses.")] = CACHE,
    out: Annotated[Path | None, typer.Option(help="Bundle to write; else the shipped one of this model.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed gives another model, about as good.")] = SEED,
    logs: Annotated[Path | None, typer.Option(help="Folder for TensorBoard's logs of a network; else none.")] = None,
) -> None:
    """Train one model on all footage, export it to ONNX with its manifest, and prove that both say the same.

    Run training.dataset first, and training.evaluate for the figures in its data card and for its temperature.
    """
    console = Console()
    try:
        footage = data_directory(data)
        videos = read_videos(footage)
        recordings = load_recordings(videos, poses)
        folder = out or BUNDLES / str(model)
        evidence = read_evidence(model)
        if evidence is None:
            console.print(
                f"[yellow]not evaluated yet: the data card has no figures; run training.evaluate --model {model}"
            )
        with Progress(console=console) as progress:
            progress.add_task(f"training {model} on {len(videos)} videos", total=None)
            made_up = MadeUp.beside(footage, seed)
            train(
                model,
                videos,
                recordings,
                folder,
                made_up,
                cut=Cut(),
                seed=seed,
                evidence=evidence,
                watch=Watch(logs, progress),
            )
    except SpotterError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(2) from error
    size = sum(file.stat().st_size for file in folder.iterdir())
    console.print(f"{folder}: {size / 2**20:.2f} MiB, exported and fitted model say the same")


if __name__ == "__main__":
    typer.run(main)
