"""A software bill of materials in CycloneDX 1.6, from what Go wrote into the program."""

import hashlib
import json

import modules


def text(release, program):
    """The bill of one program. It has no serial number and no time: the same program gives the same bill."""
    go, found = modules.linked(program)
    main = {
        "type": "application", "bom-ref": "pickshard", "name": "pickshard", "version": release.version,
        "purl": f"pkg:golang/github.com/pickshard/pickshard@v{release.version}",
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(program.read_bytes()).hexdigest()}],
        "properties": [{"name": "commit", "value": release.commit}],
    }  # fmt: skip
    components = [_component(m) for m in [go, *found]]
    return json.dumps({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": main},
        "components": components,
        "dependencies": [{"ref": "pickshard", "dependsOn": [c["bom-ref"] for c in components]}],
    }, indent=1) + "\n"  # fmt: skip


def _component(module):
    version = module.version.removeprefix("go") if module.path == "std" else module.version
    purl = f"pkg:golang/{module.path}@{version}"
    component = {"type": "library", "bom-ref": purl, "name": module.path, "version": version, "purl": purl}
    if module.licence:
        component["licenses"] = [{"license": {"id": module.licence}}]
    if module.sum:
        component["properties"] = [{"name": "go.sum", "value": module.sum}]
    return component
