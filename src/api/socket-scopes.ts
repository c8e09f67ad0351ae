// What a scoped socket (scoped-sockets.ts) may allow; everything else is answered 403.

export const socketScopes = ["read", "events", "logs", "control"] as const;
export type SocketScope = (typeof socketScopes)[number];
