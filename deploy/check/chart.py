"""Renders the chart with Helm's own engine, checks it against the schemas of Kubernetes, and attacks its promises.

    python chart.py FOLDER      # the manifests are left there, for other judges
"""

import ipaddress
import pathlib
import sys

import helm_python
import kubernetes_validate
import yaml
from helm_python.chart import Chart, values_from_yaml

HERE = pathlib.Path(__file__).parent
CHART = HERE.parent / "helm" / "portcullis"
KUBERNETES = "1.31"


def render(values):
    texts = Chart.load(CHART).render(values, name="gate", namespace="portcullis")
    return [part for text in texts.values() for part in yaml.safe_load_all(text) if part]


def of(manifests, kind):
    (found,) = [part for part in manifests if part["kind"] == kind]
    return found


def refused(values, expected):
    try:
        render(values)
    except helm_python.HelmError as error:
        assert expected in str(error), error
    else:
        raise AssertionError(f"rendered without {expected}")


def reaches(policy, address):
    """Whether the policy lets a packet out to an address by its blocks."""
    ip = ipaddress.ip_address(address)
    blocks = [to["ipBlock"] for rule in policy["spec"]["egress"] for to in rule.get("to", []) if "ipBlock" in to]
    inside = lambda network: ip in ipaddress.ip_network(network)
    return any(inside(block["cidr"]) and not any(map(inside, block["except"])) for block in blocks)


def main(folder):
    values = values_from_yaml((HERE / "values.yaml").read_text())
    manifests = render(values)
    for manifest in manifests:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    policy = of(manifests, "NetworkPolicy")
    assert sorted(policy["spec"]["policyTypes"]) == ["Egress", "Ingress"], "or one way is not restricted at all"
    for address in ["1.1.1.1", "2606:4700::1111"]:
        assert reaches(policy, address), address
    for address in [
        *("10.0.0.1", "172.16.0.1", "192.168.0.1", "127.0.0.1", "100.64.0.1", "169.254.169.254", "168.63.129.16"),
        *("224.0.0.1", "::1", "fd00:ec2::254", "fe80::1", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"),
    ]:
        assert not reaches(policy, address), address
    everywhere = [rule for rule in policy["spec"]["egress"] if not rule.get("to") or not rule.get("ports")]
    assert not everywhere, everywhere
    pod = of(manifests, "StatefulSet")["spec"]["template"]
    assert pod["metadata"]["labels"].items() >= policy["spec"]["podSelector"]["matchLabels"].items()
    for container in pod["spec"]["containers"] + pod["spec"]["initContainers"]:
        assert container["securityContext"]["readOnlyRootFilesystem"], container
        assert "env" not in container, "secrets are files"
    assert of(manifests, "ConfigMap")["data"]["portcullis.toml"] == values["config"]
    assert of(render({**values, "clients": []}), "NetworkPolicy")["spec"]["ingress"] == [], "nobody is let in unsaid"
    for field in ["config", "secret"]:
        refused({**values, field: ""}, f"{field}:")
    for field in ["repository", "digest"]:
        refused({**values, "image": {**values["image"], field: ""}}, f"image.{field}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chart.yaml").write_text(yaml.safe_dump_all(manifests))
    (folder / "portcullis.toml").write_text(values["config"])


main(pathlib.Path(sys.argv[1]))
