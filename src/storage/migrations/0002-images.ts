// Images, their names, their layers, and the blobs they need. An image's configuration is itself a blob: its digest is
// the image's ID.

export const images = `
  CREATE TABLE layers (
    number INTEGER PRIMARY KEY,
    chain_id TEXT NOT NULL UNIQUE,
    diff_id TEXT NOT NULL,
    parent INTEGER REFERENCES layers (number),
    size INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX layers_of_parent ON layers (parent);
  CREATE INDEX layers_of_diff ON layers (diff_id);

  CREATE TABLE layer_blobs (
    digest TEXT PRIMARY KEY,
    diff_id TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX layer_blobs_of_diff ON layer_blobs (diff_id);

  CREATE TABLE images (
    id TEXT PRIMARY KEY,
    top_layer INTEGER REFERENCES layers (number),
    parent TEXT NOT NULL,
    tagged_at INTEGER NOT NULL,
    retired INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX images_of_layer ON images (top_layer);

  CREATE TABLE image_tags (
    repository TEXT NOT NULL,
    tag TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES images (id),
    PRIMARY KEY (repository, tag)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tags_of_image ON image_tags (image_id);

  CREATE TABLE image_digests (
    repository TEXT NOT NULL,
    digest TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES images (id),
    PRIMARY KEY (repository, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX digests_of_image ON image_digests (image_id);

  CREATE TABLE image_manifests (
    image_id TEXT NOT NULL REFERENCES images (id),
    digest TEXT NOT NULL,
    media_type TEXT NOT NULL,
    PRIMARY KEY (image_id, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX manifests_by_digest ON image_manifests (digest);

  CREATE TABLE blob_sources (
    digest TEXT NOT NULL,
    registry TEXT NOT NULL,
    repository TEXT NOT NULL,
    PRIMARY KEY (digest, registry, repository)
  ) STRICT, WITHOUT ROWID;
`;
