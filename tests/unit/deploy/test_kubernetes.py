"""What the overlays render to is valid, strictly, and agrees with the code."""

from __future__ import annotations

import copy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from services.ingest.settings import parse_cameras
from tests.unit.deploy.settings_in_code import DEFAULTS, PORTS

ROOT = Path(__file__).parents[3]
KUBERNETES = ROOT / "deploy" / "kubernetes"
OVERLAYS = sorted(path.parent.name for path in (KUBERNETES / "overlays").glob("*/kustomization.yaml"))
SERVICES = ("ingest", "pose", "classifier", "gateway")
Manifest = dict[str, Any]


def rendered(overlay: str) -> list[Manifest]:
    """By kubectl or kustomize where there is one, else by as much of kustomize as we use ourselves."""
    folder = KUBERNETES / "overlays" / overlay
    command = ["kubectl", "kustomize"] if shutil.which("kubectl") else ["kustomize", "build"]
    if not shutil.which(command[0]):
        return assembled(folder)
    done = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def assembled(folder: Path) -> list[Manifest]:
    """Resources, labels, generators, images and JSON patches of a kustomization; without the hashes in names."""
    told = yaml.safe_load((folder / "kustomization.yaml").read_text())
    known = {"apiVersion", "kind", "resources", "labels", "images", "patches", "configMapGenerator", "secretGenerator"}
    assert set(told) <= known, f"{folder}: {set(told) - known}"
    manifests: list[Manifest] = []
    for name in told.get("resources", ()):
        path = (folder / name).resolve()
        assert path.exists(), path
        manifests += assembled(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text()))
    for kind, key, field in (("ConfigMap", "configMapGenerator", "data"), ("Secret", "secretGenerator", "stringData")):
        for one in told.get(key, ()):
            data = dict(literal.split("=", 1) for literal in one.get("literals", ()))
            data |= {name: (folder / name).read_text() for name in one.get("files", ())}
            manifests.append({"apiVersion": "v1", "kind": kind, "metadata": {"name": one["name"]}, field: data})
    manifests = copy.deepcopy(manifests)
    for manifest in manifests:
        for label in told.get("labels", ()):
            bearers = [manifest["metadata"]]
            if label.get("includeTemplates") and "template" in manifest.get("spec", {}):
                bearers.append(manifest["spec"]["template"]["metadata"])
            for bearer in bearers:
                bearer["labels"] = {**bearer.get("labels", {}), **label["pairs"]}
        for container in containers(manifest):
            for image in told.get("images", ()):
                if container["image"].split(":")[0] == image["name"]:
                    container["image"] = f"{image.get('newName', image['name'])}:{image['newTag']}"
        for patch in told.get("patches", ()):
            wanted = patch["target"]
            if wanted["kind"] == manifest["kind"] and wanted.get("name") in {None, manifest["metadata"]["name"]}:
                for step in yaml.safe_load(patch["patch"]):
                    replace(manifest, step)
    return manifests


def replace(manifest: Manifest, step: dict[str, Any]) -> None:
    assert step["op"] == "replace", "the only operation that we use"
    *parents, last = [int(part) if part.isdigit() else part for part in step["path"].strip("/").split("/")]
    here: Any = manifest
    for part in parents:
        here = here[part]
    assert last in here, f"{step['path']} replaces nothing"
    here[last] = step["value"]


def containers(manifest: Manifest) -> list[dict[str, Any]]:
    return list(manifest.get("spec", {}).get("template", {}).get("spec", {}).get("containers", ()))


def named(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    [found] = [one for one in manifests if one["kind"] == kind and one["metadata"]["name"] == name]
    return found


@pytest.fixture(scope="module", params=[*OVERLAYS, *(f"{name} without kubectl" for name in OVERLAYS)])
def manifests(request: pytest.FixtureRequest) -> list[Manifest]:
    overlay, _, how = request.param.partition(" ")
    return assembled(KUBERNETES / "overlays" / overlay) if how else rendered(overlay)


def workloads(manifests: list[Manifest]) -> list[Manifest]:
    return [one for one in manifests if one["kind"] in {"Deployment", "StatefulSet"}]


def test_overlays_are_there() -> None:
    assert OVERLAYS == ["dev", "production"]


def test_every_manifest_is_valid(manifests: list[Manifest]) -> None:
    assert len(manifests) > 10
    for manifest in manifests:
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_a_typo_is_not_valid(manifests: list[Manifest]) -> None:
    """The validator really looks."""
    broken = copy.deepcopy(named(manifests, "Deployment", "pose"))
    broken["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, kubernetes_validate.latest_version(), strict=True)


def test_nothing_is_bound_to_a_namespace(manifests: list[Manifest]) -> None:
    assert not [one["metadata"]["name"] for one in manifests if "namespace" in one["metadata"]]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_its_image_and_answers_on_its_port(service: str, manifests: list[Manifest]) -> None:
    [container] = containers(named(manifests, "Deployment", service))
    image, _, tag = container["image"].rpartition(":")
    assert image.split("/")[-1] == f"spotter-{service}"
    assert tag not in {"", "latest"}
    [port] = container["ports"]
    assert port["containerPort"] == PORTS[service]
    for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        assert container[probe]["httpGet"] == {"path": path, "port": port["name"]}


def test_every_pod_meets_the_restricted_standard(manifests: list[Manifest]) -> None:
    assert len(workloads(manifests)) == len(SERVICES) + 1
    for workload in workloads(manifests):
        pod = workload["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] >= 1000
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            for kind in ("requests", "limits"):
                assert set(container["resources"][kind]) == {"cpu", "memory"}


def test_variables_are_those_that_the_code_reads(manifests: list[Manifest]) -> None:
    [settings] = [one for one in manifests if one["metadata"]["name"].startswith("spotter-settings")]
    set_here = set(settings["data"])
    for workload in workloads(manifests):
        for container in containers(workload):
            set_here |= {one["name"] for one in container.get("env", ()) if one["name"] != "SERVER_NAME"}
    assert set_here <= set(DEFAULTS), set_here - set(DEFAULTS)


def test_addresses_of_cameras_come_from_a_secret_and_nowhere_else(manifests: list[Manifest]) -> None:
    [container] = containers(named(manifests, "Deployment", "ingest"))
    [cameras] = [one for one in container["env"] if one["name"] == "SPOTTER_INGEST_CAMERAS"]
    assert "value" not in cameras
    assert cameras["valueFrom"]["secretKeyRef"]["name"].startswith("spotter-cameras")
    assert cameras["valueFrom"]["secretKeyRef"]["key"] == "cameras"


def test_what_a_pod_mounts_and_reads_is_there_or_said_to_be_made(manifests: list[Manifest]) -> None:
    made = {(one["kind"], one["metadata"]["name"]) for one in manifests}
    by_hand = {("Secret", "spotter-cameras"), ("Secret", "spotter-gateway"), ("Secret", "spotter-tls")}
    for workload in workloads(manifests):
        pod = workload["spec"]["template"]["spec"]
        assert ("ServiceAccount", pod["serviceAccountName"]) in made
        for volume in pod.get("volumes", ()):
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in made
        for container in pod["containers"]:
            for source in container.get("envFrom", ()):
                assert ("ConfigMap", source["configMapRef"]["name"]) in made
            for variable in container.get("env", ()):
                secret = variable.get("valueFrom", {}).get("secretKeyRef")
                assert secret is None or ("Secret", secret["name"]) in made | by_hand


def test_selectors_find_their_pods(manifests: list[Manifest]) -> None:
    pods = [workload["spec"]["template"]["metadata"]["labels"] for workload in workloads(manifests)]

    def found(selector: dict[str, str]) -> int:
        return sum(selector.items() <= labels.items() for labels in pods)

    for workload in workloads(manifests):
        assert found(workload["spec"]["selector"]["matchLabels"]) == 1
    for manifest in manifests:
        if manifest["kind"] == "Service":
            assert found(manifest["spec"]["selector"]) == 1
        if manifest["kind"] == "NetworkPolicy":
            assert found(manifest["spec"]["podSelector"]["matchLabels"]) >= 1, manifest["metadata"]["name"]
    everything = named(manifests, "NetworkPolicy", "spotter-nothing")
    assert found(everything["spec"]["podSelector"]["matchLabels"]) == len(pods)
    assert "ingress" not in everything["spec"]
    assert "egress" not in everything["spec"]


def test_policies_open_the_ports_that_are_listened_on(manifests: list[Manifest]) -> None:
    metrics = named(manifests, "NetworkPolicy", "metrics-from-monitoring")["spec"]["ingress"][0]["ports"][0]
    assert {metrics["port"], metrics["endPort"]} == {PORTS["ingest"], PORTS["classifier"]}
    assert metrics["port"] <= PORTS["pose"] <= metrics["endPort"]
    people = named(manifests, "NetworkPolicy", "gateway-from-people")["spec"]["ingress"][0]["ports"]
    assert [one["port"] for one in people] == [PORTS["gateway"]]


def test_a_service_that_holds_state_for_a_camera_is_never_there_twice(manifests: list[Manifest]) -> None:
    for service in SERVICES:
        spec = named(manifests, "Deployment", service)["spec"]
        assert spec["replicas"] == 1
        assert spec["strategy"] == {"type": "Recreate"}


def test_the_simulated_gym_of_dev_can_be_read() -> None:
    manifests = assembled(KUBERNETES / "overlays" / "dev")
    assert len(parse_cameras(named(manifests, "Secret", "spotter-cameras")["stringData"]["cameras"])) == 2


def test_production_does_not_start_without_a_token() -> None:
    manifests = assembled(KUBERNETES / "overlays" / "production")
    [container] = containers(named(manifests, "Deployment", "gateway"))
    [token] = container["env"]
    assert token["name"] == "SPOTTER_GATEWAY_ACCESS_TOKEN"
    assert token["valueFrom"]["secretKeyRef"]["optional"] is False
