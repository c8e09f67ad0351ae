// One scenario through dockerode, named by the first argument; prints its result as JSON. Run by Node, as users do.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import Docker from "dockerode";

const docker = new Docker({ socketPath: process.env.DOCKER_HOST.replace("unix://", "") });

/** Everything of a stream as text. */
async function textOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Splits a multiplexed stream until it ends. */
async function demultiplex(stream) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, stdout, stderr);
  const texts = Promise.all([textOf(stdout), textOf(stderr)]);
  await finished(stream, { writable: false }).catch(() => undefined);
  stdout.end();
  stderr.end();
  const [out, err] = await texts;
  return { stdout: out, stderr: err };
}

async function idle(name) {
  const container = await docker.createContainer({ name, Image: "busybox", Cmd: ["sleep", "1000"] });
  await container.start();
  return container;
}

const scenarios = {
  async information() {
    const [ping, version, info] = [await docker.ping(), await docker.version(), await docker.info()];
    return { ping: ping.toString(), api: version.ApiVersion, os: info.OSType };
  },

  async run() {
    const output = new PassThrough();
    const text = textOf(output);
    const [result, container] = await docker.run("busybox", ["sh", "-c", "echo hello; exit 3"], output, { Tty: true });
    output.end();
    await container.remove();
    return { code: result.StatusCode, text: await text };
  },

  async lifecycle() {
    const container = await idle("dockerode-life");
    const running = (await container.inspect()).State.Running;
    const listed = (await docker.listContainers()).map(({ Names, State }) => [Names, State]);
    await container.pause();
    const paused = (await container.inspect()).State.Paused;
    await container.unpause();
    await container.rename({ name: "dockerode-renamed" });
    await container.stop({ t: 0 });
    const { StatusCode } = await container.wait();
    await container.remove();
    const gone = await container.inspect().catch((error) => error.statusCode);
    return { running, listed, paused, code: StatusCode, gone };
  },

  async exec(hijack) {
    const container = await idle("dockerode-exec");
    const exec = await container.exec({
      Cmd: ["sh", "-c", "echo out; echo err >&2; exit 5"],
      AttachStdout: true,
      AttachStderr: true,
    });
    const output = await demultiplex(await exec.start(hijack ? { hijack: true, stdin: true } : {}));
    const { ExitCode } = await exec.inspect();
    await container.remove({ force: true });
    return { ...output, code: ExitCode };
  },

  execHijacked: () => scenarios.exec(true),

  async attach() {
    const container = await docker.createContainer({
      Image: "busybox",
      Cmd: ["cat"],
      OpenStdin: true,
      StdinOnce: true,
    });
    const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
    await container.start();
    stream.end("through dockerode\n");
    const output = await demultiplex(stream);
    const { StatusCode } = await container.wait();
    await container.remove();
    return { ...output, code: StatusCode };
  },

  async logs() {
    const container = await docker.createContainer({
      Image: "busybox",
      Cmd: ["sh", "-c", "echo one; echo three; sleep 0.2; echo two >&2"],
    });
    await container.start();
    await container.wait();
    const follow = await demultiplex(await container.logs({ follow: true, stdout: true, stderr: true }));
    const tail = (await container.logs({ stdout: true, stderr: true, tail: 1 })).subarray(8).toString();
    await container.remove();
    return { ...follow, tail };
  },

  async archive() {
    const container = await idle("dockerode-archive");
    const stream = await container.getArchive({ path: "/etc/group" });
    const archive = Buffer.from(await textOf(stream));
    await container.putArchive(archive, { path: "/tmp" });
    const exec = await container.exec({ Cmd: ["cmp", "/tmp/group", "/etc/group"], AttachStdout: true });
    await demultiplex(await exec.start({}));
    const { ExitCode } = await exec.inspect();
    await container.remove({ force: true });
    return { same: ExitCode === 0 };
  },

  async events() {
    const stream = await docker.getEvents({ filters: { type: ["container"] } });
    const seen = [];
    const destroyed = new Promise((resolve) => {
      stream.on("data", (chunk) => {
        for (const line of chunk.toString().split("\n").filter(Boolean)) seen.push(JSON.parse(line).Action);
        if (seen.includes("destroy")) resolve();
      });
    });
    const container = await idle("dockerode-events");
    await container.kill();
    await container.wait();
    await container.remove();
    await destroyed;
    stream.destroy();
    return { seen };
  },

  async networksAndVolumes() {
    const network = await docker.createNetwork({ Name: "dockerode-net", CheckDuplicate: true });
    const volume = await docker.createVolume({ Name: "dockerode-volume" });
    const container = await docker.createContainer({
      Image: "busybox",
      Cmd: ["sleep", "1000"],
      HostConfig: { NetworkMode: "dockerode-net", Binds: ["dockerode-volume:/data"] },
    });
    await container.start();
    const { Mounts, NetworkSettings } = await container.inspect();
    await container.remove({ force: true });
    await network.remove();
    await volume.remove();
    return { mount: Mounts[0].Name, networks: Object.keys(NetworkSettings.Networks) };
  },

  async build() {
    const context = mkdtempSync(join(tmpdir(), "berth-dockerode-"));
    writeFileSync(join(context, "Dockerfile"), "FROM busybox\nARG NAME\nRUN echo $NAME > /name\nCOPY file /file\n");
    writeFileSync(join(context, "file"), "of the context\n");
    const stream = await docker.buildImage(
      { context, src: ["Dockerfile", "file"] },
      { t: "node-built", buildargs: { NAME: "me" } },
    );
    const lines = await new Promise((resolve, reject) => {
      docker.modem.followProgress(stream, (problem, found) => (problem ? reject(problem) : resolve(found)));
    });
    rmSync(context, { recursive: true });
    const output = new PassThrough();
    const text = textOf(output);
    const [, container] = await docker.run("node-built", ["cat", "/name", "/file"], output, { Tty: false });
    output.end();
    await container.remove();
    const { Id } = await docker.getImage("node-built").inspect();
    const last = lines.flatMap(({ aux }) => aux ?? []).at(-1);
    return { isTold: last.ID === Id, tagged: lines.at(-1).stream, text: (await text).replace(/\r/g, "") };
  },

  async errors() {
    const statusOf = (promise) =>
      promise.then(
        () => "no error",
        ({ statusCode, json }) => [statusCode, json?.message],
      );
    return {
      container: await statusOf(docker.getContainer("nosuch").inspect()),
      image: await statusOf(docker.getImage("nosuch").inspect()),
      create: await statusOf(docker.createContainer({ Image: "nosuch" })),
    };
  },
};

const scenario = scenarios[process.argv[2]];
console.log(JSON.stringify(await scenario()));
process.exit(0);
