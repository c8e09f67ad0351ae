// Dockerfiles whose results are compared with those of Docker's own BuildKit. Their base images are `busybox` and
// `scratch`. Each step is also a container of both engines: keep them few.

export interface Case {
  name: string;
  dockerfile: string;
  /** Files that this context has in addition to those of every context. */
  files?: Readonly<Record<string, string>>;
  /** Build arguments, as `NAME=VALUE`. */
  arguments?: readonly string[];
  /** Further builds of the same context, each after one more change: they show which steps the change leaves cached. */
  changes?: readonly Change[];
}

export interface Change {
  dockerfile?: string;
  files?: Readonly<Record<string, string>>;
  /** Files that get another modification time and keep their content. */
  touched?: readonly string[];
  modes?: Readonly<Record<string, number>>;
  /** Replace those of the case. */
  arguments?: readonly string[];
}

export const cases: readonly Case[] = [
  {
    name: "configuration of every kind",
    dockerfile: `FROM busybox
LABEL one=1 two="a b" three='c "d"'
LABEL one=again
MAINTAINER someone <a@b.c>
ENV A=1 B="two words" C=$A
ENV D single value $B
EXPOSE 80 443/tcp 53/udp 9000-9002
VOLUME /data /other
USER 1000:1000
WORKDIR /srv
WORKDIR below
STOPSIGNAL 9
SHELL ["/bin/sh", "-ec"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=1s --retries=2 CMD true || false
ENTRYPOINT ["/bin/sh", "-c"]
CMD echo $A
`,
  },
  {
    name: "commands in both forms",
    dockerfile: `FROM busybox
ENTRYPOINT exec top -b
CMD ["a", "b"]
HEALTHCHECK NONE
STOPSIGNAL SIGUSR1
VOLUME ["/one", "/two words"]
`,
  },
  {
    name: "ARG after ENV, and ENV after ARG",
    dockerfile: `FROM busybox AS base
ENV VERSION=base OTHER=base
FROM base
ARG VERSION=argument
ARG OTHER
RUN echo "$VERSION $OTHER" > /one
ENV COMBINED=$VERSION
ENV VERSION=environment
RUN echo "$VERSION $COMBINED" > /two
ARG VERSION=again
RUN echo "$VERSION" > /three
ARG OTHER
RUN echo "$OTHER" > /four
`,
    arguments: ["OTHER=given"],
  },
  { name: "CMD of the base is reset by ENTRYPOINT", dockerfile: 'FROM busybox\nENTRYPOINT ["/bin/echo"]\n' },
  {
    name: "arguments: scopes, defaults, predefined",
    dockerfile: `ARG BASE=busybox
ARG GLOBAL=global
FROM \${BASE}
ARG GLOBAL
ARG LOCAL=local
ARG UNSET
ENV SEEN=$GLOBAL-\${LOCAL:-none}-\${UNSET:+set}-\${UNSET:-unset}
RUN echo "$GLOBAL $LOCAL $UNSET $SEEN" > /seen
ARG LOCAL=second
RUN echo "$LOCAL" >> /seen
ENV LOCAL=environment
RUN echo "$LOCAL" >> /seen
ARG TARGETARCH
ARG TARGETOS
RUN echo "$TARGETOS/$TARGETARCH" >> /seen
`,
    arguments: ["LOCAL=given", "UNSET=now"],
  },
  {
    name: "an unused and a late argument",
    dockerfile: `FROM busybox
RUN echo one > /one
ARG LATE=1
RUN echo two > /two
RUN echo $LATE > /three
`,
    changes: [{ arguments: ["LATE=2"] }, { arguments: ["HTTP_PROXY=http://127.0.0.1:1"] }],
  },
  {
    name: "stages, by name and by number",
    dockerfile: `FROM busybox AS first
RUN echo first > /first && mkdir /d && echo x > /d/x && chmod 700 /d && chown -R 5:6 /d
FROM busybox AS unused
RUN exit 1
FROM first AS second
RUN echo second > /second
FROM busybox
COPY --from=first /first /
COPY --from=0 /d /d
COPY --from=second /second /first /both/
COPY --from=busybox /bin/busybox /copied
`,
    changes: [{}],
  },
  {
    name: "COPY of files and directories",
    dockerfile: `FROM busybox
COPY plain.txt /
COPY plain.txt /renamed
COPY plain.txt /into/new/
COPY plain.txt private /several/
COPY tree /tree
COPY tree/ /tree2/
COPY tree/below /a/b/c
COPY empty /empty
COPY . /all
`,
  },
  {
    name: "COPY through links of the context",
    dockerfile: `FROM busybox
COPY link-to-tree /tree
COPY link-to-tree/a.txt /a
COPY tree/link /followed
COPY tree/l* /wild/
COPY link-to-tree/below /below/
`,
  },
  {
    name: "COPY onto links of the image",
    dockerfile: `FROM busybox
RUN mkdir -p /real/dir && ln -s /real /absolute && ln -s real/dir relative && ln -s /outside /dangling
COPY plain.txt /absolute/
COPY tree /relative/
COPY tree/below /absolute
COPY plain.txt /dangling/file
`,
  },
  {
    name: "COPY with wildcards",
    dockerfile: `FROM busybox
COPY *.txt /top/
COPY tree/*.??? /three/
COPY tree/[ab]* /class/
COPY t*/below/d*r /deep/
COPY tree/.h* /hidden/
`,
  },
  {
    name: "COPY --chown",
    dockerfile: `FROM busybox
RUN echo 'someone:x:1234:5678::/:/bin/sh' >> /etc/passwd && echo 'some:x:4321:' >> /etc/group
COPY --chown=1000 plain.txt /number
COPY --chown=1000:2000 plain.txt /numbers
COPY --chown=someone plain.txt /name
COPY --chown=someone:some plain.txt /names
COPY --chown=:some plain.txt /group
COPY --chown=3:4 tree /tree
COPY --chown=5:6 plain.txt /new/directory/
`,
  },
  {
    name: "COPY after USER and WORKDIR",
    dockerfile: `FROM busybox
USER 1000
WORKDIR /made/by/workdir
COPY plain.txt .
COPY plain.txt below/
COPY tree ./tree
RUN id -u > /tmp/id
WORKDIR ../other
COPY private ./
WORKDIR /bin
`,
  },
  {
    name: "COPY replaces files by directories and back",
    dockerfile: `FROM busybox
COPY plain.txt /x
RUN rm /x && mkdir /x && echo in > /x/in
COPY tree /x
RUN rm -r /x/below && echo file > /x/below
`,
  },
  {
    name: "ADD of archives and files",
    dockerfile: `FROM busybox
ADD archive.tar /unpacked
ADD archive.tar /unpacked2/
ADD plain.txt archive.tar /both/
COPY archive.tar /kept/
ADD tree /tree
`,
  },
  {
    name: "modes, special bits and umask",
    dockerfile: `FROM busybox
COPY ["odd mode", "program.sh", "/modes/"]
RUN umask 077 && mkdir /u && echo u > /u/u && chmod 6755 /u/u && mkdir -m 1777 /sticky
RUN /modes/program.sh > /out
`,
  },
  {
    name: "RUN: forms, shells, environment",
    dockerfile: `FROM busybox
RUN ["/bin/sh", "-c", "echo exec > /exec"]
RUN echo "a  b" \\
    # a comment
    && echo 'c' > /c

SHELL ["/bin/sh", "-x", "-c"]
RUN echo shell > /shell
ENV HOME=/somewhere
RUN env | grep -v -e HOSTNAME -e '^_=' | sort > /env
RUN pwd > /pwd; hostname -f > /dev/null; ls -A /proc/self/fd > /dev/null
`,
  },
  {
    name: "RUN removes, renames and changes what lies below",
    dockerfile: `FROM busybox
RUN mkdir -p /d/e/f && echo 1 > /d/1 && echo 2 > /d/e/2 && echo 3 > /d/e/f/3 && ln /d/1 /d/hard && ln -s 1 /d/soft
RUN rm /d/1
RUN mv /d/e /d/g
RUN rm -r /d/g && mkdir /d/g && echo new > /d/g/new
RUN chmod 700 /d && chown 9:9 /d/hard
RUN rm -rf /d
RUN mkfifo /fifo && mknod /null c 1 3
`,
  },
  {
    name: "RUN --mount",
    dockerfile: `FROM busybox AS other
RUN echo other > /other && mkdir /dir && echo x > /dir/x
FROM busybox
RUN mkdir -p /ctx /mnt/dir /one /cache /scratch /rw && touch /one/file
RUN --mount=type=bind,target=/ctx --mount=type=bind,from=other,source=/dir,target=/mnt/dir \\
    --mount=type=bind,source=plain.txt,target=/one/file cat /ctx/plain.txt /mnt/dir/x /one/file > /bound
RUN --mount=type=cache,target=/cache,id=c,uid=12,mode=0700 echo c > /cache/c; ls -ldn /cache | cut -d' ' -f1 > /cache-mode
RUN --mount=type=cache,target=/cache,id=c ls /cache > /other-permissions
RUN --mount=type=cache,target=/cache,id=c,uid=12,mode=0700 cat /cache/c > /from-cache
RUN --mount=type=tmpfs,target=/scratch --mount=type=secret,id=absent --mount=target=/rw,rw \\
    echo t > /scratch/t; mount | grep -c ' /scratch ' > /scratch-count; \\
    ls /run/secrets > /secrets 2>&1; echo w > /rw/written; ls /rw/written > /written
`,
  },
  {
    name: "ignored files",
    dockerfile: "FROM busybox\nCOPY . /all/\n",
    files: {
      ".dockerignore": `# a comment
*.log
**/*.log
tree/below/*
!tree/below/deeper
/private
od*
**/.hid*
!keep.log
`,
      "keep.log": "keep\n",
      "other.log": "other\n",
    },
  },
  {
    name: "ignored files, all but some",
    dockerfile: "FROM busybox\nCOPY . /all/\n",
    files: { ".dockerignore": "*\n!tree\n!pl?in.txt\ntree/below\n!tree/below/deeper/d.txt\n" },
  },
  {
    name: "what a change of files does to the cache",
    dockerfile: `FROM busybox
COPY plain.txt /plain
RUN echo between > /between
COPY tree /tree
RUN echo after > /after
`,
    changes: [
      {},
      { touched: ["plain.txt"] },
      { files: { private: "changed, but not copied\n" } },
      { files: { "tree/a.txt": "changed\n" } },
      { modes: { "plain.txt": 0o600 } },
      { files: { "tree/added": "added\n" } },
      { files: { "plain.txt": "changed\n" } },
    ],
  },
  {
    name: "what a change of the Dockerfile does to the cache",
    dockerfile:
      "FROM busybox\nENV A=1\nRUN echo one > /one\nLABEL l=1\nCOPY plain.txt /plain\nRUN echo two > /tmp/two\nCMD a\n",
    changes: [
      {
        dockerfile:
          "FROM busybox\nENV A=1\nRUN echo one > /one\nLABEL l=2\nCOPY plain.txt /plain\nRUN echo two > /tmp/two\nCMD b\n",
      },
      {
        dockerfile: "FROM busybox\nENV A=1 B=2\nRUN echo one > /one\nCOPY plain.txt /plain\nRUN echo two > /tmp/two\n",
      },
      {
        dockerfile:
          "FROM busybox\nENV A=1\nRUN echo one > /one\nEXPOSE 80\nCOPY plain.txt /plain\nUSER 5\nRUN echo two > /tmp/two\n",
      },
      {
        dockerfile: "FROM busybox\nENV A=1\nRUN echo one > /one\nCOPY plain.txt /elsewhere\nRUN echo two > /tmp/two\n",
      },
      {
        dockerfile:
          "FROM busybox\nENV A=1\nRUN echo one > /one\nWORKDIR /new\nCOPY plain.txt /plain\nRUN echo two > /tmp/two\n",
      },
    ],
  },
  {
    name: "equal files from a changed stage are cached",
    dockerfile: `FROM busybox AS maker
COPY plain.txt /in
RUN wc -l < /in > /lines
FROM busybox
COPY --from=maker /lines /lines
RUN cat /lines > /again
`,
    changes: [{ files: { "plain.txt": "other\n" } }, { files: { "plain.txt": "two\nlines\n" } }],
  },
  {
    name: "ONBUILD of a stage",
    dockerfile: `FROM busybox AS base
ONBUILD ENV TRIGGERED=yes
ONBUILD COPY plain.txt /triggered
ONBUILD RUN echo $TRIGGERED > /ran
RUN echo base > /base
FROM base
RUN echo after > /after
`,
  },
  {
    name: "nothing but files",
    dockerfile: "FROM scratch\nCOPY tree /\nCOPY plain.txt /below/x\nLABEL a=b\n",
  },
  {
    name: "only configuration on scratch",
    dockerfile: 'FROM scratch\nENV A=b\nCMD ["/x"]\n',
  },
  {
    name: "WORKDIR: new, existing, relative, with variables",
    dockerfile: `FROM busybox
ENV W=/from/env
WORKDIR $W
WORKDIR /bin
WORKDIR /tmp
WORKDIR a/../b
WORKDIR /with space
WORKDIR /
`,
  },
  {
    name: "VOLUME keeps what is written before and after it",
    dockerfile: `FROM busybox
RUN mkdir /v && echo before > /v/before
VOLUME /v
RUN echo after > /v/after
COPY plain.txt /v/copied
`,
  },
  {
    name: "escape, comments, empty lines, odd spaces",
    dockerfile: `# escape=\`

# a comment
FROM   busybox
  RUN   echo a  \`
# inside

   && echo b > /b
ENV A=a\`
b
copy plain.txt /lower
`,
  },
  {
    name: "variables in every instruction that takes them",
    dockerfile: `FROM busybox
ENV DIR=/dir FILE=plain.txt PORT=81 OWNER=3 SIGNAL=SIGINT
COPY --chown=$OWNER $FILE $DIR/\${FILE}.copy
ADD $FILE \${DIR}/
EXPOSE $PORT/tcp
LABEL dir=$DIR escaped=\\$DIR
STOPSIGNAL $SIGNAL
USER $OWNER
VOLUME $DIR/v
WORKDIR $DIR/\${NONE:-w}
CMD ["$DIR"]
`,
  },
  {
    name: "etc files that the engine mounts",
    dockerfile: `FROM busybox
RUN cat /etc/hosts /etc/resolv.conf > /dev/null && ls -ld /dev/null /proc > /dev/null
COPY plain.txt /etc/hosts
RUN rm -f /etc/mtab; echo x > /etc/added; ls /sys > /dev/null
`,
  },
];
