"""The deployment files agree with the schemas, with each other and with the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from browser_pool import haproxy
from browser_pool.api import operations
from browser_pool.api.metrics import registry_of
from browser_pool.node import Node
from browser_pool.settings import PoolSettings
from tests.balancer import require_sound
from tests.unit.pool.fake_browser import FakeLauncher

DEPLOY = Path(haproxy.__file__).parent / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
VERSIONS = ["1.29", "1.33"]
LISTS = sorted(DEPLOY.glob("*/nodes.toml"))


def documents(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.yaml")):
        if file.name != "kustomization.yaml":
            yield from yaml.safe_load_all(file.read_text())


def manifest(kind: str, name: str) -> dict[str, Any]:
    (found,) = [
        each for each in documents(KUBERNETES) if (each["kind"], each["metadata"]["name"]) == (kind, name)
    ]
    return found


def pod(kind: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The pod's spec and its only container."""
    spec = manifest(kind, name)["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    return spec, container


def environment(container: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each.get("value", "x" * 32) for each in container["env"]}


def settings_of(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> PoolSettings:
    """As a node reads them; a name that it does not know fails the test."""
    known = {f"ROUGHCUT_POOL_{name.upper()}" for name in PoolSettings.model_fields}
    ours = {name: value for name, value in variables.items() if name.startswith("ROUGHCUT_")}
    assert set(ours) <= known
    for name, value in ours.items():
        monkeypatch.setenv(name, value.replace("$(POD_INDEX)", "0"))
    return PoolSettings(_env_file=None)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "document",
    [each for each in documents(KUBERNETES) if each["kind"] != "ScaledObject"],
    ids=lambda each: f"{each['kind']} {each['metadata']['name']}",
)
def test_manifests_are_of_kubernetes_own_schema(document: dict[str, Any], version: str):
    """Strictly: a field that Kubernetes does not know fails."""
    kubernetes_validate.validate(document, version, strict=True)


def test_the_scaled_object_is_of_kedas_shape():
    """Its own fields by name, and its behaviour by the schema of the autoscaler that KEDA makes of it."""
    spec = manifest("ScaledObject", "pool")["spec"]
    target = spec["scaleTargetRef"]
    (trigger,) = spec["triggers"]
    behaviour = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]

    assert set(spec) <= {
        "scaleTargetRef", "minReplicaCount", "maxReplicaCount", "pollingInterval", "advanced", "triggers"
    }  # fmt: skip
    assert manifest(target["kind"], target["name"])["apiVersion"] == target["apiVersion"]
    assert (trigger["type"], trigger["metricType"]) == ("prometheus", "AverageValue")
    assert set(trigger["metadata"]) == {"serverAddress", "query", "threshold"}
    kubernetes_validate.validate(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "pool"},
            "spec": {"scaleTargetRef": target, "maxReplicas": spec["maxReplicaCount"], "behavior": behaviour},
        },
        VERSIONS[-1],
        strict=True,
    )


def test_the_autoscaler_asks_for_numbers_that_nodes_tell(tmp_path: Path):
    """Each name in its query is one of `/metrics`."""
    (trigger,) = manifest("ScaledObject", "pool")["spec"]["triggers"]
    node = Node(PoolSettings(_env_file=None, home=tmp_path), FakeLauncher(tmp_path), disk=tmp_path)

    told = {metric.name for metric in registry_of(node).collect()}

    asked = set(re.findall(r"roughcut_pool_\w+", trigger["metadata"]["query"]))
    assert asked
    assert asked <= told


def test_probes_ask_for_paths_that_nodes_have():
    """Kubernetes' and those of the balancer."""
    _, container = pod("StatefulSet", "pool")
    probes = [
        container[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")
    ]
    balancer = (KUBERNETES / "haproxy.cfg").read_text()
    checks = re.findall(r"http-check send meth GET uri (\S+)", balancer)
    scraped = manifest("Service", "pool-create")["metadata"]["annotations"]["prometheus.io/path"]

    paths = {route.path for route in operations.router.routes}

    assert checks
    assert {*probes, *checks, scraped} <= paths


@pytest.mark.parametrize("file", LISTS, ids=lambda file: file.parent.name)
def test_each_balancer_is_made_of_its_list(file: Path):
    """`haproxy.cfg` is what `roughcut pool haproxy --list nodes.toml` prints."""
    assert (file.parent / "haproxy.cfg").read_text() == haproxy.configuration(haproxy.read_nodes(file))


@pytest.mark.parametrize("file", LISTS, ids=lambda file: file.parent.name)
def test_haproxy_takes_each_balancer(file: Path, tmp_path: Path):
    """With the certificate and the names left out, which are not on this machine."""
    pool = haproxy.read_nodes(file)
    here = {"certificate": None, "admin_socket": None}
    nodes = tuple(
        node if pool.balancer.resolve else node.model_copy(update={"host": "127.0.0.1"}) for node in pool.node
    )
    balancer = pool.balancer.model_copy(update=here)

    require_sound(haproxy.configuration(haproxy.NodeList(node=nodes, balancer=balancer)), tmp_path)


def test_pods_are_the_nodes_that_the_balancer_knows(monkeypatch: pytest.MonkeyPatch):
    """Names, ports and slots of the list are those of the pods, as many as the autoscaler may make."""
    pool = haproxy.read_nodes(KUBERNETES / "nodes.toml")
    stateful, (_, container) = manifest("StatefulSet", "pool"), pod("StatefulSet", "pool")
    settings = settings_of(environment(container), monkeypatch)
    scaling = manifest("ScaledObject", "pool")["spec"]
    service = manifest("Service", stateful["spec"]["serviceName"])
    namespace = manifest("Namespace", "browser-pool")["metadata"]["name"]

    assert len(pool.node) == scaling["maxReplicaCount"]
    for index, node in enumerate(pool.node):
        assert node.name == environment(container)["ROUGHCUT_POOL_NODE"].replace("$(POD_INDEX)", str(index))
        assert node.host == (
            f"{stateful['metadata']['name']}-{index}.{service['metadata']['name']}.{namespace}.svc.cluster.local"
        )
        assert (node.port, node.agent_port) == (settings.port, settings.agent_check_port)
        assert node.slots == settings.max_sessions
    assert scaling["triggers"][0]["metadata"]["threshold"] == str(settings.max_sessions)
    assert settings.host == "0.0.0.0"


def test_pods_that_drain_are_reachable_and_have_the_time():
    """By name while they are not ready, and longer than their sessions may go on."""
    spec, container = pod("StatefulSet", "pool")

    assert manifest("Service", "pool")["spec"]["publishNotReadyAddresses"] is True
    assert manifest("Service", "pool")["spec"]["clusterIP"] == "None"
    assert not manifest("Service", "pool-create")["spec"].get("publishNotReadyAddresses")
    deadline_s = float(environment(container)["ROUGHCUT_POOL_DRAIN_DEADLINE_S"])
    assert spec["terminationGracePeriodSeconds"] > deadline_s


def test_what_a_pod_is_told_to_find_is_mounted(monkeypatch: pytest.MonkeyPatch):
    """Its keys, its folder, shared memory, and every volume that it mounts."""
    spec, container = pod("StatefulSet", "pool")
    settings = settings_of(environment(container), monkeypatch)
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in spec["volumes"]}

    assert str(settings.home) in mounts
    assert settings.keys_file and str(settings.keys_file.parent) in mounts
    assert volumes[mounts["/dev/shm"]]["emptyDir"]["medium"] == "Memory"
    assert set(mounts.values()) == set(volumes)
    assert [item["path"] for item in volumes["keys"]["secret"]["items"]] == [settings.keys_file.name]


def test_the_balancer_finds_its_certificate_and_its_port():
    """Where the generated configuration says that they are."""
    pool = haproxy.read_nodes(KUBERNETES / "nodes.toml")
    spec, container = pod("Deployment", "haproxy")
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    tls = next(volume for volume in spec["volumes"] if volume["name"] == "tls")

    certificates = [f"{mounts['tls']}/{item['path']}" for item in tls["secret"]["items"]]
    assert certificates == [pool.balancer.certificate, f"{pool.balancer.certificate}.key"]
    assert f":{container['ports'][0]['containerPort']}" == pool.balancer.bind
    assert container["args"][-1] == f"{mounts['config']}/haproxy.cfg"


def test_every_pod_of_ours_is_confined():
    """No privileges, nothing writable but its volumes, and a seccomp profile that is in the repository."""
    for kind, name in (("StatefulSet", "pool"), ("Deployment", "haproxy")):
        spec, container = pod(kind, name)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["automountServiceAccountToken"] is False
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
    profile = pod("StatefulSet", "pool")[0]["securityContext"]["seccompProfile"]["localhostProfile"]
    copy = manifest("DaemonSet", "chromium-seccomp")["spec"]["template"]["spec"]["initContainers"][0]
    assert Path(copy["command"][-1]).name == Path(profile).name
    assert (KUBERNETES / Path(profile).name).exists()


def test_the_seccomp_profile_lets_chromium_make_its_sandbox():
    """User namespaces are allowed; what lets a process out of its container is not."""
    profile = json.loads((KUBERNETES / "chromium-seccomp.json").read_text())
    (denied,) = profile["syscalls"]

    assert profile["defaultAction"] == "SCMP_ACT_ALLOW"
    assert denied["action"] == "SCMP_ACT_ERRNO"
    assert not {"clone", "clone3", "unshare", "setns", "chroot", "seccomp"} & set(denied["names"])
    assert {"mount", "bpf", "ptrace", "kexec_load", "init_module", "open_by_handle_at"} <= set(
        denied["names"]
    )


def test_kustomize_finds_everything():
    """Resources, patches and generated files are there, and what is not a resource is one of those."""
    for folder in (KUBERNETES, DEPLOY / "kubernetes-gpu"):
        kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
        files = [name for each in kustomization.get("configMapGenerator", ()) for name in each["files"]]
        patches = [patch["path"] for patch in kustomization.get("patches", ())]
        for name in (*kustomization["resources"], *files, *patches):
            assert (folder / name).exists(), name
        named = {*kustomization["resources"], *patches, "kustomization.yaml"}
        assert {file.name for file in folder.glob("*.yaml")} <= named


def test_the_gpu_patch_changes_the_nodes():
    """It names the same set and container, and asks for a GPU with its graphics."""
    (patch,) = documents(DEPLOY / "kubernetes-gpu")
    (container,) = patch["spec"]["template"]["spec"]["containers"]
    stateful, (_, patched) = manifest("StatefulSet", "pool"), pod("StatefulSet", "pool")

    assert (patch["kind"], patch["metadata"]["name"]) == (stateful["kind"], stateful["metadata"]["name"])
    assert container["name"] == patched["name"]
    assert container["resources"]["limits"] == {"nvidia.com/gpu": "1"}
    assert "graphics" in environment(container)["NVIDIA_DRIVER_CAPABILITIES"]


def test_compose_nodes_are_those_of_its_list(monkeypatch: pytest.MonkeyPatch):
    """Names, ports and slots agree, and each file that is mounted is there or is told to be made."""
    folder = DEPLOY / "compose"
    compose = yaml.safe_load((folder / "compose.yaml").read_text())
    pool = haproxy.read_nodes(folder / "nodes.toml")

    for node in pool.node:
        service = compose["services"][node.host]
        settings = settings_of(service["environment"], monkeypatch)
        assert settings.node == node.name
        assert (settings.port, settings.agent_check_port) == (node.port, node.agent_port)
        assert settings.max_sessions == node.slots
        assert 60 * int(re.fullmatch(r"(\d+)m", service["stop_grace_period"])[1]) > settings.drain_deadline_s
        seccomp = next(each for each in service["security_opt"] if each.startswith("seccomp:"))
        assert (folder / seccomp.removeprefix("seccomp:")).exists()
        assert f"./{settings.keys_file.name}:{settings.keys_file}:ro" in service["volumes"]
    balancer = compose["services"]["haproxy"]
    assert balancer["ports"] == [f"127.0.0.1:8080{pool.balancer.bind}"]
    assert balancer["volumes"][0].startswith("./haproxy.cfg:")
    assert compose["networks"]["nodes"] == {"internal": True}
