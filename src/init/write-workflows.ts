import type { Proposal } from './propose.ts';
import { WORKFLOWS } from './workflows.ts';

/** A branch's name that YAML takes as it stands, inside brackets too. */
const PLAIN_BRANCH = /^[A-Za-z0-9][A-Za-z0-9_./-]*$/;

/** The workflows for an app, by path. */
export function workflowFiles(
  { push, previews }: Pick<Proposal, 'push' | 'previews'>,
  branch: string,
): Readonly<Record<string, string>> {
  const named = PLAIN_BRANCH.test(branch) ? branch : 'main';
  const deploy = WORKFLOWS.deploy
    .replace('branches: [main]', `branches: [${named}]`)
    .replace('every push to main', `every push to ${named}`);
  return {
    '.github/workflows/deploy.yml': withLogin(deploy, push),
    '.github/workflows/rollback.yml': WORKFLOWS.rollback,
    ...(previews && { '.github/workflows/previews.yml': withLogin(WORKFLOWS.previews, push) }),
  };
}

const SECRETS = '          secrets: ${{ toJSON(secrets) }}\n';

/** The login of a registry; that of GitHub takes the job's own token. */
function withLogin(workflow: string, push: string): string {
  if (push === 'ssh') return workflow;
  const github = push.startsWith('ghcr.io/');
  const [username, password] = github
    ? ['github.actor', 'github.token']
    : ['secrets.REGISTRY_USERNAME', 'secrets.REGISTRY_PASSWORD'];
  const login =
    `          registry-username: \${{ ${username} }}\n          registry-password: \${{ ${password} }}\n` as const;
  const logged = workflow.replaceAll(SECRETS, () => SECRETS + login);
  return github
    ? logged.replace(
        'permissions:\n  contents: read\n',
        'permissions:\n  contents: read\n  packages: write\n',
      )
    : logged;
}
