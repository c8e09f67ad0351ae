// The tables of networks.

export const networks = "";
