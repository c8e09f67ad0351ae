// Gives memory back to the system when the daemon has become idle.
import { unmapProgramPages } from "../linux/program-pages.ts";

const INTERVAL_MILLISECONDS = 500;
/** CPU time in an interval of an idle daemon: its timers. */
const MAX_IDLE_MILLISECONDS = 5;

/** Once after each busy period. @returns stops it */
export function releaseMemoryWhenIdle(): () => void {
  let last = cpuMilliseconds();
  let isIdle = false;
  const timer = setInterval(() => {
    const wasIdle = isIdle;
    isIdle = cpuMilliseconds() - last <= MAX_IDLE_MILLISECONDS;
    if (isIdle && !wasIdle) {
      Bun.gc(true);
      unmapProgramPages();
    }
    last = cpuMilliseconds();
  }, INTERVAL_MILLISECONDS);
  return () => clearInterval(timer);
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
