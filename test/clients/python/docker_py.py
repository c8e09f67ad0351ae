# One scenario through docker-py, named by the first argument; prints its result as JSON.
import io
import json
import os
import sys
import tempfile

import docker

client = docker.from_env(version="auto")


def information():
    return {"ping": client.ping(), "os": client.info()["OSType"]}


def run():
    output = client.containers.run("busybox", ["echo", "hello"], remove=True)
    try:
        client.containers.run("busybox", ["sh", "-c", "echo oops >&2; exit 4"], remove=True)
        failure = None
    except docker.errors.ContainerError as error:
        failure = [error.exit_status, error.stderr.decode()]
    return {"output": output.decode(), "failure": failure}


def life_cycle():
    container = client.containers.run("busybox", ["sleep", "1000"], name="py-life", detach=True)
    names = [found.name for found in client.containers.list()]
    container.pause()
    container.reload()
    paused = container.status
    container.unpause()
    container.stop(timeout=0)
    code = container.wait()["StatusCode"]
    container.remove()
    return {"names": names, "paused": paused, "code": code, "left": len(client.containers.list(all=True))}


def execute():
    container = client.containers.run("busybox", ["sleep", "1000"], detach=True)
    code, (out, err) = container.exec_run(["sh", "-c", "echo out; echo err >&2; exit 6"], demux=True)
    streamed = b"".join(container.exec_run(["seq", "3"], stream=True).output)
    _, socket = container.exec_run(["cat"], stdin=True, socket=True)
    socket._sock.sendall(b"typed\n")
    header = read_exactly(socket, 8)
    echoed = read_exactly(socket, int.from_bytes(header[4:], "big"))
    socket.close()
    container.remove(force=True)
    return {"code": code, "out": out.decode(), "err": err.decode(), "streamed": streamed.decode(), "echoed": echoed.decode()}


def read_exactly(socket, count):
    data = b""
    while len(data) < count:
        chunk = socket.read(count - len(data))
        if not chunk:
            break
        data += chunk
    return data


def logs():
    container = client.containers.run("busybox", ["sh", "-c", "echo one; echo two >&2"], detach=True)
    container.wait()
    everything = container.logs().decode()
    lines = [line.decode() for line in container.logs(stream=True, follow=True)]
    errors = container.logs(stdout=False).decode()
    container.remove()
    return {"everything": sorted(everything.split()), "lines": sorted(lines), "errors": errors}


def archives():
    container = client.containers.run("busybox", ["sleep", "1000"], detach=True)
    chunks, stat = container.get_archive("/etc/group")
    container.put_archive("/tmp", b"".join(chunks))
    code, _ = container.exec_run(["cmp", "/tmp/group", "/etc/group"])
    container.remove(force=True)
    return {"name": stat["name"], "code": code}


def networks_and_volumes():
    network = client.networks.create("py-net", driver="bridge")
    volume = client.volumes.create("py-volume")
    container = client.containers.run(
        "busybox", ["sleep", "1000"], detach=True, network="py-net", volumes={"py-volume": {"bind": "/data", "mode": "rw"}}
    )
    container.reload()
    networks = list(container.attrs["NetworkSettings"]["Networks"])
    mounts = [mount["Name"] for mount in container.attrs["Mounts"]]
    container.remove(force=True)
    network.remove()
    volume.remove()
    return {"networks": networks, "mounts": mounts}


def ports():
    container = client.containers.run("busybox", ["sleep", "1000"], detach=True, ports={"80/tcp": None})
    container.reload()
    published = container.ports["80/tcp"][0]["HostPort"]
    container.remove(force=True)
    return {"published": published.isdigit()}


def images():
    image = client.images.get("busybox")
    tagged = image.tag("py-busybox", "1")
    names = sorted(client.images.get("py-busybox:1").tags)
    client.images.remove("py-busybox:1")
    try:
        client.images.get("nosuch")
        missing = False
    except docker.errors.ImageNotFound:
        missing = True
    return {"tagged": tagged, "names": names, "missing": missing}


def build():
    with tempfile.TemporaryDirectory() as context:
        for name, content in {
            "Dockerfile": DOCKERFILE,
            ".dockerignore": "ignored\n",
            "sent": "sent\n",
            "ignored": "ignored\n",
        }.items():
            with open(os.path.join(context, name), "w") as file:
                file.write(content)
        options = {"path": context, "buildargs": {"GREETING": "hello"}, "labels": {"by": "py"}, "rm": True}
        image, _ = client.images.build(**options, tag="py-built:1")
        again, lines = client.images.build(**options)
        target, _ = client.images.build(**options, target="first")
    output = client.containers.run("py-built:1", remove=True)
    try:
        client.images.build(fileobj=io.BytesIO(b"FROM busybox\nRUN echo oops; exit 3\n"), forcerm=True)
        failure = None
    except docker.errors.BuildError as error:
        failure = [error.msg, any(line.get("stream") == "oops\n" for line in error.build_log)]
    containers = len(client.containers.list(all=True))
    return {
        "tags": image.tags,
        "label": again.labels["by"],
        "cached": any("Using cache" in line.get("stream", "") for line in lines) and again.id == image.id,
        "target": target.id != image.id,
        "output": output.decode(),
        "failure": failure,
        "left": containers,
    }


DOCKERFILE = """FROM busybox AS first
ARG GREETING=none
RUN echo "$GREETING" > /greeting

FROM first
COPY . /files/
CMD ["sh", "-c", "cat /greeting; ls /files"]
"""


def statistics():
    container = client.containers.run("busybox", ["sleep", "1000"], detach=True)
    sample = container.stats(stream=False)
    container.remove(force=True)
    return {"pids": sample["pids_stats"]["current"], "memory": sample["memory_stats"]["usage"] > 0}


print(json.dumps(globals()[sys.argv[1]]()))
