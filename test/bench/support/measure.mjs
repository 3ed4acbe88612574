// Loaded into a measured process before its own code: writes at its end what it has used, as the kernel counts it.
import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  const file = process.env.HARVEST_BQ_BENCH_USAGE;
  if (file === undefined) return;
  const { user, system } = process.cpuUsage();
  let peakKb = process.resourceUsage().maxRSS;
  try {
    // not maxRSS, which a process inherits from whoever started it
    peakKb = Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? peakKb);
  } catch {
    // not Linux
  }
  writeFileSync(file, JSON.stringify({ cpuSeconds: (user + system) / 1e6, peakMb: peakKb / 1024 }));
});
