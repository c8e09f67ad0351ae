// Containers: requested configuration (spec) and state, each one JSON document.

export const containers = `
  CREATE TABLE containers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    image_id TEXT NOT NULL,
    spec TEXT NOT NULL,
    state TEXT NOT NULL
  ) STRICT;
`;
