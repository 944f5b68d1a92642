"""What a release consists of: tar, dpkg, skopeo, man and a root without a libc judge it.

The artefacts are made of the binary under judgement, for this platform alone.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile

import conftest
import judging
import pytest

RELEASE = judging.REPO / "scripts" / "release" / "release.py"


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    if conftest.GIVEN:
        pytest.skip("an output was given")
    folder = tmp_path_factory.mktemp("dist")
    conftest.run(sys.executable, RELEASE, "--binary", conftest.pickshard(), "--output", folder)
    return folder


def one(folder, pattern):
    (path,) = folder.glob(pattern)
    return path


def tool(name):
    """A program that judges; a machine without it is told, in CI too: Python, Go and make are all that is asked for."""
    path = shutil.which(name)
    if not path:
        pytest.skip(f"NOT JUDGED: there is no {name} here")
    return path


def test_sums_and_the_same_bytes(dist, tmp_path):
    sums = dict(reversed(line.split("  ")) for line in (dist / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == {p.name for p in dist.iterdir()} - {"SHA256SUMS"}
    assert len(sums) >= 4
    for name, digest in sums.items():
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest
    conftest.run(sys.executable, RELEASE, "--binary", conftest.pickshard(), "--output", tmp_path)
    assert (tmp_path / "SHA256SUMS").read_text() == (dist / "SHA256SUMS").read_text(), "two builds differ"


def test_archive(dist, tmp_path):
    path = one(dist, "*.tar.gz")
    conftest.run(tool("tar"), "-xzf", path, "-C", tmp_path)
    folder = tmp_path / path.name.removesuffix(".tar.gz")
    assert (folder / "pickshard").read_bytes() == conftest.pickshard().read_bytes()
    conftest.run(folder / "pickshard", "--version")
    for name in "LICENSE", "README.md", "THIRD_PARTY_NOTICES.txt", "completions/pickshard.bash", "man/pickshard-convert.1":
        assert (folder / name).stat().st_size, name
    conftest.run(tool("bash"), "-n", folder / "completions" / "pickshard.bash")
    with tarfile.open(path) as archive:
        assert {(m.uid, m.gid, m.uname, m.gname) for m in archive} == {(0, 0, "root", "root")}


def test_manual_pages(dist, tmp_path):
    conftest.run(tool("tar"), "-xzf", one(dist, "*.tar.gz"), "-C", tmp_path)
    for page in sorted(tmp_path.glob("*/man/*.1")):
        shown = conftest.run(tool("man"), "--warnings", "-l", page, env=os.environ | {"MANWIDTH": "80"})
        text = shown.stdout.decode()
        assert not shown.stderr, f"{page.name}: {shown.stderr.decode()}"
        for heading in "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS":
            assert f"\n{heading}\n" in text, page.name


def test_bill_of_materials(dist):
    """Every module that Go says is in the program is in the bill, with a licence, and nothing else."""
    bill = json.loads(one(dist, "*.cyclonedx.json").read_text())
    said = subprocess.run(["go", "version", "-m", conftest.pickshard()], capture_output=True, text=True, check=True).stdout
    want = {tuple(line.split("\t")[2:4]) for line in said.splitlines() if line.startswith("\tdep\t")}
    found = {(c["name"], c["version"]): c for c in bill["components"] if c["name"] != "std"}
    assert set(found) == want
    assert not [name for name, c in found.items() if not c.get("licenses")], "a licence is not known"
    main = bill["metadata"]["component"]
    assert main["hashes"][0]["content"] == hashlib.sha256(conftest.pickshard().read_bytes()).hexdigest()


@pytest.mark.skipif(sys.platform != "linux", reason="dpkg is Debian's")
def test_debian_package(dist, tmp_path):
    package = one(dist, "*.deb")
    dpkg = tool("dpkg")
    for folder in "var/lib/dpkg/info", "var/lib/dpkg/updates":
        (tmp_path / folder).mkdir(parents=True)
    for name in "status", "available":
        (tmp_path / "var/lib/dpkg" / name).touch()
    if os.geteuid() == 0:
        root = [dpkg, f"--root={tmp_path}", "--force-not-root", "--force-unsafe-io"]
        conftest.run(*root, "-i", package)
        assert not conftest.run(*root, "--verify", "pickshard").stdout
    else:
        conftest.run(tool("dpkg-deb"), "-x", package, tmp_path)
    program = tmp_path / "usr" / "bin" / "pickshard"
    assert conftest.run(program, "version").stdout == conftest.run(conftest.pickshard(), "version").stdout
    assert (tmp_path / "usr/share/man/man1/pickshard.1.gz").exists()
    listed = (dist / "Packages").read_text()
    about = conftest.run(tool("dpkg-deb"), "-f", package).stdout.decode()
    assert listed.startswith(about)
    assert f"SHA256: {hashlib.sha256(package.read_bytes()).hexdigest()}\n" in listed
    assert f"Size: {package.stat().st_size}\n" in listed
    if os.geteuid() == 0:
        conftest.run(*root, "-r", "pickshard")
        assert not program.exists()


def test_image_layout(dist, tmp_path):
    """Every blob is what its digest says, and every reference leads to a blob of its size."""
    with tarfile.open(one(dist, "*_oci.tar")) as archive:
        files = {m.name: archive.extractfile(m).read() for m in archive if m.isfile()}
    assert json.loads(files.pop("oci-layout")) == {"imageLayoutVersion": "1.0.0"}
    blobs = {"sha256:" + hashlib.sha256(data).hexdigest(): data for name, data in files.items() if name.startswith("blobs/")}
    assert {f"blobs/sha256/{d[7:]}" for d in blobs} | {"index.json"} == set(files)
    used = set()

    def follow(reference):
        assert len(blobs[reference["digest"]]) == reference["size"]
        used.add(reference["digest"])
        return blobs[reference["digest"]]

    (named,) = json.loads(files["index.json"])["manifests"]
    for found in json.loads(follow(named))["manifests"]:
        manifest = json.loads(follow(found))
        config = json.loads(follow(manifest["config"]))
        assert found["platform"] == {"architecture": config["architecture"], "os": "linux"}
        for layer, diff in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True):
            assert "sha256:" + hashlib.sha256(gzip.decompress(follow(layer))).hexdigest() == diff
    assert used == set(blobs)


def test_image_by_skopeo(dist, tmp_path):
    skopeo = tool("skopeo")
    image = one(dist, "*_oci.tar")
    said = json.loads(conftest.run(skopeo, "inspect", "--config", f"oci-archive:{image}").stdout)
    assert said["config"]["Entrypoint"] == ["/usr/bin/pickshard"] and said["config"]["User"] == "65532:65532"
    conftest.run(skopeo, "copy", "--insecure-policy", f"oci-archive:{image}", f"dir:{tmp_path / 'copy'}")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may change the root")
def test_image_runs(dist, tmp_path):
    """The image's files are all there is: no libc, no shell; the user is not root, /data is where it works."""
    if b"/ld-" in conftest.pickshard().read_bytes()[:4096]:
        pytest.skip("NOT JUDGED: PICKSHARD_BIN wants a libc: build it with CGO_ENABLED=0, as `make build` and releases do")
    with tarfile.open(one(dist, "*_oci.tar")) as archive:
        index = json.load(archive.extractfile("index.json"))
        for _ in range(2):  # the index names an index
            blob = index["manifests"][0]["digest"].replace(":", "/")
            index = json.load(archive.extractfile(f"blobs/{blob}"))
        layer = archive.extractfile(f"blobs/{index['layers'][0]['digest'].replace(':', '/')}")
        with tarfile.open(fileobj=layer, mode="r:gz") as files:
            files.extractall(tmp_path, filter="tar")
    os.chmod(tmp_path / "data", 0o777)
    os.chmod(tmp_path, 0o755)

    def inside():
        os.chroot(tmp_path)
        os.chdir("/data")
        os.setgid(65532)
        os.setuid(65532)

    def run(*args):
        done = subprocess.run(["/usr/bin/pickshard", *args], preexec_fn=inside, env={"HOME": "/tmp"}, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()

    run("demo", "d")
    run("verify", "d/output", "--input", "d/input")
    assert (tmp_path / "data" / "d" / "output" / "_SUCCESS").exists()


PLATFORMS = {
    "linux_amd64": ["manylinux2014_x86_64", "musllinux_1_1_x86_64"],
    "linux_arm64": ["manylinux_2_17_aarch64", "musllinux_1_1_aarch64"],
    "darwin_amd64": ["macosx_12_0_x86_64"],
    "darwin_arm64": ["macosx_12_0_arm64"],
    "windows_amd64": ["win_amd64"],
}


def test_wheels_of_all_platforms(dist, tmp_path):
    """pip takes each wheel for the platforms it is for, musl among them. What is in them is this machine's program."""
    sys.path[:0] = [str(judging.REPO / "scripts" / "wheel"), str(judging.REPO / "scripts" / "release")]
    try:
        import build
        import wheel
    finally:
        del sys.path[:2]
    assert set(PLATFORMS) == {str(t) for t in build.TARGETS}
    for target in build.TARGETS:
        wheel.write(build.Release.of(judging.REPO), target, conftest.pickshard(), tmp_path)
        for platform in PLATFORMS[str(target)]:
            conftest.run(
                sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps",
                "--no-compile", "--only-binary=:all:", "--find-links", tmp_path, "--platform", platform,
                "--python-version", "3.9", "--target", tmp_path / platform, "pickshard",
            )  # fmt: skip
            assert (tmp_path / platform / "bin" / target.program).exists()
