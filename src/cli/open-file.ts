/** Shows a file with the program that this machine has for it, such as its browser. */
import { spawn } from 'node:child_process';

/** What opens a file, by the name that Node.js has for the system; the path is its one argument. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'open',
  win32: 'explorer.exe',
};

/** Elsewhere the desktop's own way. @see freedesktop.org, xdg-utils, xdg-open (checked 2026-11-29) */
const ELSEWHERE = 'xdg-open';

/** An opener that is still there after this time has shown the file, or is the browser itself. */
const SOON_MS = 3000;

/** Opens a file and does not wait for whoever looks at it. Answers why that did not work; null: it did. */
export function openFile(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): Promise<string | null> {
  const opener = OPENERS[platform] ?? ELSEWHERE;
  return new Promise((resolve) => {
    const child = spawn(opener, [path], { stdio: 'ignore', detached: true, env: { ...env } });
    const timer = setTimeout(() => {
      resolve(null);
    }, SOON_MS);
    child.on('error', () => {
      clearTimeout(timer);
      resolve(`there is no ${opener} on this machine`);
    });
    child.on('exit', (code) => {
      clearTimeout(timer);
      // explorer.exe ends with 1 also where it has opened the file
      resolve(code === 0 || platform === 'win32' ? null : `${opener} ended with ${code ?? 'a signal'}`);
    });
    child.unref();
  });
}
