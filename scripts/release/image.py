"""A container image as an OCI image layout in a tar file, made without a daemon and without a base image.

    podman load -i pickshard_0.1.0_oci.tar
    skopeo copy oci-archive:pickshard_0.1.0_oci.tar docker-daemon:pickshard:0.1.0
    docker load -i pickshard_0.1.0_oci.tar            (containerd's image store)

It holds the program, a user that is not root, and the folders /data and /tmp:

    docker run --rm -v "$PWD:/data" --user "$(id -u):$(id -g)" pickshard:0.1.0 convert pick-high in out
"""

import hashlib
import json
import time

import archive
from archive import Member

USER = 65532  # "nonroot", as in other images without a distribution


def layout(release, programs):
    """The tar file: programs maps targets (linux) to files."""
    blobs, manifests = {}, []

    def blob(kind, data):
        digest = hashlib.sha256(data).hexdigest()
        blobs[digest] = data
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(release.time))
    labels = {
        "org.opencontainers.image.title": "pickshard",
        "org.opencontainers.image.version": release.version,
        "org.opencontainers.image.revision": release.commit,
        "org.opencontainers.image.source": "https://github.com/pickshard/pickshard",
        "org.opencontainers.image.licenses": "Apache-2.0",
    }
    for target, files in programs.items():
        layer = archive.tar(files, release.time)
        config = {
            "created": created, "architecture": target.goarch, "os": target.goos,
            "config": {
                "User": f"{USER}:{USER}", "WorkingDir": "/data", "Entrypoint": ["/usr/bin/pickshard"],
                "Env": ["PATH=/usr/bin", "HOME=/tmp"], "Labels": labels,
            },
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
            "history": [{"created": created, "created_by": "scripts/release/image.py"}],
        }  # fmt: skip
        manifest = {
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": blob("config.v1+json", compact(config)),
            "layers": [blob("layer.v1.tar+gzip", archive.compress(layer))],
            "annotations": labels,
        }  # fmt: skip
        found = blob("manifest.v1+json", compact(manifest))
        manifests.append(found | {"platform": {"architecture": target.goarch, "os": target.goos}})
    images = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests}
    images = blob("index.v1+json", compact(images))
    named = images | {"annotations": {
        "org.opencontainers.image.ref.name": release.version,
        "io.containerd.image.name": f"docker.io/library/pickshard:{release.version}",
    }}  # fmt: skip
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [named]}
    members = [Member("oci-layout", compact({"imageLayoutVersion": "1.0.0"})), Member("index.json", compact(index))]
    members += [Member(f"blobs/sha256/{digest}", data) for digest, data in sorted(blobs.items())]
    return archive.tar(members, release.time)


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def root(program, texts):
    """The image's files."""
    return [
        Member("data", None, 0o777),
        Member("etc/passwd", f"root:x:0:0:root:/:/\nnonroot:x:{USER}:{USER}:nonroot:/tmp:/\n".encode()),
        Member("etc/group", f"root:x:0:\nnonroot:x:{USER}:\n".encode()),
        Member("licenses/LICENSE", texts.licence.encode()),
        Member("licenses/THIRD_PARTY_NOTICES.txt", texts.notices.encode()),
        Member("tmp", None, 0o1777),
        Member("usr/bin/pickshard", program.read_bytes(), 0o755),
    ]
