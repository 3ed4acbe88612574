/** Whether a URL's host is this machine: localhost, 127.x.x.x or ::1. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === '[::1]' || /^127(?:\.[0-9]+){3}$/.test(hostname) || /^(?:.+\.)?localhost$/.test(hostname)
  );
}
