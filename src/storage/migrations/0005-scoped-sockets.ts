// Scoped sockets, each one JSON document.

export const scopedSockets = `
  CREATE TABLE scoped_sockets (
    name TEXT PRIMARY KEY,
    spec TEXT NOT NULL
  ) STRICT;
`;
