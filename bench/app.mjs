import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const HOSTNAME = 'bench.example.com';

/** The compose file: one service whose image is on the server, healthy as soon as it answers. */
export const COMPOSE = `services:
  web:
    image: nginx:alpine
    ports: ["80:80"]
    volumes: ["./html:/usr/share/nginx/html:ro"]
    healthcheck:
      test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1/"]
      interval: 5s
      start_period: 30s
      start_interval: 100ms
    stop_signal: SIGQUIT
    restart: unless-stopped
`;

/** Of the floor, the same without ports: nothing in front of it needs them. */
export const FLOOR_COMPOSE = COMPOSE.replace(/^ +ports:.*\n/m, '');

/**
 * The user's repository.
 *
 * @param {string} folder
 * @param {'running' | 'stopped'} standby what is kept of the old color; all else is as it comes
 */
export function writeApp(folder, standby) {
  mkdirSync(join(folder, 'html'), { recursive: true });
  writeFileSync(join(folder, 'compose.yaml'), COMPOSE);
  writeFileSync(
    join(folder, 'deploy.yml'),
    `app: bench
routes: [{hosts: [${HOSTNAME}], service: web, port: 80}]
standby: {keep: ${standby}, for: 1h}
`,
  );
}

/** A change, so that the next deploy has something to do. */
export function change(folder, version) {
  writeFileSync(join(folder, 'html', 'index.html'), `${version}\n`);
}
