import { jest } from '@jest/globals';
import { App } from './support/app.ts';
import { serves } from './support/ask.ts';
import { type Expected, expectFailed, expectGood } from './support/expect.ts';
import { DOCKER_ANSWERS, type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';
import { releasesOf, serverState } from './support/server-state.ts';

// What keeps the first deploy from a bare server. Nothing of it stays, and once it is mended the deploy goes through.

jest.setTimeout(300_000);

let rig: Rig;
let server: Server;
let app: App;

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = App.small('e2e-bare', rig, server);
});
afterAll(async () => {
  app?.remove();
  await rigDown();
});

interface Broken extends Expected {
  readonly name: string;
  readonly breaks: string;
  readonly mends: string;
}

const EDGE_IMAGE = 'haproxy:3.2-alpine';
/** Ends dockerd, which its keeper starts again, and waits for the new one. */
const restartDocker = `pid=$(cat /run/keep-dockerd.pid); kill $pid; while [ -d /proc/$pid ]; do sleep 0.1; done`;

/** Ends sshd, which its keeper starts again; connections that stand go on. */
const restartSshd =
  'kill $(cat /run/keep-sshd.pid); for i in $(seq 100); do sleep 0.1; ss -Hltn "sport = 22" | grep -q . && break; done; sleep 0.3';
const FORBIDDEN = '/etc/ssh/sshd_config.d/00-forbidden.conf';

/** Podman's stand-in, as its package podman-docker has it. */
const PODMAN = `cat >/usr/local/bin/docker <<'SCRIPT'
#!/bin/sh
[ -e /etc/containers/nodocker ] || echo "Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg." >&2
exec /usr/bin/podman "$@"
SCRIPT
chmod 755 /usr/local/bin/docker`;

const BROKEN: Broken[] = [
  {
    name: 'the deploy user is not in the group docker',
    breaks: 'gpasswd -d deploy docker',
    mends: 'gpasswd -a deploy docker',
    code: 'host-docker-rights',
    says: /^deploy@127\.0\.0\.1:\d+: The deploy user may not use Docker\. .*usermod -aG docker/s,
  },
  {
    name: 'docker is a stand-in of Podman',
    breaks: PODMAN,
    mends: 'rm /usr/local/bin/docker',
    code: 'host-docker-podman',
    says: /^deploy@127\.0\.0\.1:\d+: What answers to the name docker on the server is Podman\./,
  },
  {
    name: 'docker comes from a snap',
    breaks: 'cp /usr/bin/docker /usr/bin/snap; ln -s /usr/bin/snap /usr/local/bin/docker',
    mends: 'rm /usr/bin/snap /usr/local/bin/docker',
    code: 'host-docker-snap',
    says: /^deploy@127\.0\.0\.1:\d+: Docker on the server comes from a snap/,
  },
  {
    name: 'somebody made our folder as root',
    breaks: 'mkdir -p /home/deploy/.restaurant-deploy; chown root: /home/deploy/.restaurant-deploy',
    mends: 'chown deploy: /home/deploy/.restaurant-deploy',
    code: 'host-home',
    says: /^deploy@127\.0\.0\.1:\d+: The deploy user may not write to ~\/\.restaurant-deploy on the server\. .*chown -R USER/s,
  },
  {
    name: 'sshd forbids to forward to sockets',
    breaks: `echo 'AllowStreamLocalForwarding no' >${FORBIDDEN}; ${restartSshd}`,
    mends: `rm ${FORBIDDEN}; ${restartSshd}`,
    code: 'ssh-forwarding',
    says: /^deploy@127\.0\.0\.1:\d+: The server did not let us reach the socket \/var\/run\/docker\.sock .*AllowStreamLocalForwarding yes/s,
  },
  {
    name: 'port 80 is taken by a program',
    breaks:
      'socat TCP-LISTEN:80,fork,reuseaddr SYSTEM:true >/dev/null 2>&1 </dev/null & echo $! >/run/squatter; sleep 0.3',
    mends: 'kill $(cat /run/squatter)',
    code: 'port-taken',
    says: /^deploy@127\.0\.0\.1:\d+: Port 80 is taken by another program\. .*ss -ltnp/s,
  },
  {
    name: 'port 80 is taken by a container that was started by hand',
    breaks: 'docker run -d --name by-hand -p 80:80 busybox:latest sleep 1000000',
    mends: 'docker rm -f by-hand',
    code: 'port-taken',
    says: /^deploy@127\.0\.0\.1:\d+: Port 80 is taken by the container by-hand\. .*docker stop by-hand/s,
  },
  {
    name: 'the image of the edge can not be started',
    breaks: `docker pull -q busybox:latest; docker tag busybox:latest ${EDGE_IMAGE}`,
    mends: `docker rmi ${EDGE_IMAGE}`,
    code: 'edge-start',
    says: /^deploy@127\.0\.0\.1:\d+: The edge did not come up\./,
    evidence: /haproxy.*not found/,
  },
  {
    name: 'the edge ends again and again',
    breaks: `docker run --name made busybox:latest sh -c 'printf "#!/bin/sh\\necho no config for you >&2; exit 1\\n" >/bin/haproxy; chmod 755 /bin/haproxy'
docker commit made ${EDGE_IMAGE}; docker rm made`,
    mends: `docker rmi ${EDGE_IMAGE}`,
    code: 'edge-start',
    says: /^deploy@127\.0\.0\.1:\d+: The edge did not come up\./,
    evidence: /no config for you/,
  },
  {
    name: 'the disk of Docker is nearly full',
    breaks: `${restartDocker}; mount -t tmpfs -o size=150m tmpfs /var/lib/docker; ${DOCKER_ANSWERS}`,
    mends: `${restartDocker}; umount -l /var/lib/docker; ${restartDocker}; ${DOCKER_ANSWERS}`,
    code: 'host-disk-full',
    says: /^deploy@127\.0\.0\.1:\d+: Only \d+ MB are free where Docker keeps its data\. Make room/,
  },
];

test.each(BROKEN)('$name', async ({ breaks, mends, ...expected }) => {
  await sh(server, breaks);
  let run: Awaited<ReturnType<App['deploy']>>;
  let left: Awaited<ReturnType<typeof serverState>>;
  try {
    run = await app.deploy();
    left = await serverState(server);
  } finally {
    await sh(server, mends);
  }
  expectFailed(run, expected);
  expect(left.containers.filter((name) => !name.startsWith('by-hand '))).toEqual([]);
  expect(releasesOf(left, app.name)).toEqual([]);
  expect(left.files.filter((file) => /\/(journal\.json|lease)$/.test(file))).toEqual([]);
});

test('then the first deploy goes through, with a warning of what is odd and no reason to stop', async () => {
  // An hour ahead, as a server without time synchronisation may be.
  await sh(
    server,
    `printf '#!/bin/sh\\n[ "$1" = +%%s ] && exec /bin/date -d "+1 hour" +%%s\\nexec /bin/date "$@"\\n' >/usr/local/bin/date; chmod 755 /usr/local/bin/date`,
  );
  const run = expectGood(await app.deploy());
  const { outputs } = run;
  await sh(server, 'rm /usr/local/bin/date');
  const clock = run.warnings.find((one) => one.properties.title === 'host-clock');
  expect(clock?.message).toMatch(
    /^deploy@127\.0\.0\.1:\d+: The clock of the server is 3[56]\d\d s ahead of the runner's\./,
  );
  expect(await serves(server, app.hostname)).toEqual({ release: outputs.release, color: 'blue' });
});
