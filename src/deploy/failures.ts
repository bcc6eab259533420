import type { Answer } from '../edge/probe.ts';
import type { Fault } from '../errors.ts';

/** What the answer of a health path means, and what to do about it. */
export function healthFault(
  service: string,
  hostname: string,
  path: string,
  port: number,
  last: Answer | Error | undefined,
): Fault {
  const what = `The new release never answered ${path} well for the hostname ${hostname}`;
  const where = `service ${service}`;
  const listen = `Check that the app listens on port ${port}, that of the route, on all addresses (0.0.0.0), not on loopback alone.`;
  const fault = (code: string, detail: string, remedy: string): Fault => ({
    code,
    where,
    what: `${what}: ${detail}.`,
    remedy,
  });
  if (last === undefined) return fault('health-none', 'its container had no address', 'See its log below.');
  if (last instanceof Error) {
    return fault('health-none', last.message, listen);
  }
  const { status, body } = last;
  const words = body
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 160);
  const detail = `it answers ${status}${words ? ` "${words}"` : ''}`;
  if (status === 503 && /No server is available/.test(body)) {
    return fault('health-refused', `nothing accepts connections on port ${port}`, listen);
  }
  if (status === 400) {
    return fault(
      'health-400',
      detail,
      'The app refuses the hostname, as Django does for one that is not in ALLOWED_HOSTS. Allow it there, or mend DOMAIN_NAME.',
    );
  }
  if (status >= 300 && status < 400) {
    return fault(
      'health-redirect',
      `${detail}, to ${String(last.headers.location ?? 'nowhere')}`,
      'A health path answers 2xx by itself, without a login. When the app redirects to HTTPS, give the route a tls section (then the edge says X-Forwarded-Proto: https) or exempt the path; when it adds a slash, write the path with it.',
    );
  }
  if (status === 404)
    return fault('health-404', detail, 'Check routes[].health.path: this app does not know it.');
  return fault(`health-${Math.floor(status / 100)}xx`, detail, 'See the log of the app below.');
}
