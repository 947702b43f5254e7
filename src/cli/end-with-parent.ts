/** How often the parent is looked at, ms: well within the 10 s that SIGTERM may take. */
const lookMs = 250;

/** When the process that started us is gone, behaves as at SIGTERM. Keeps nothing running by itself. */
export function endWithParent(): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, lookMs);
  timer.unref();
}
