// Namespaced sysctls, which containers may set independently. Source: namespaces(7).

export const IPC_SYSCTLS: readonly string[] = [
  "kernel.msgmax",
  "kernel.msgmnb",
  "kernel.msgmni",
  "kernel.sem",
  "kernel.shmall",
  "kernel.shmmax",
  "kernel.shmmni",
  "kernel.shm_rmid_forced",
];
export const MESSAGE_QUEUE_SYSCTL_PREFIX = "fs.mqueue.";
export const NETWORK_SYSCTL_PREFIX = "net.";
