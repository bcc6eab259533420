// Made by script/docs.mjs from examples/workflows: change them there.

/** Workflows by the name of their file. */
export const WORKFLOWS = {
  deploy: `# Deploys every push to main.
name: deploy
on:
  push:
    branches: [main]

# One change of production at a time, in order; none is cancelled half-way, and a rollback that waits is not pushed aside.
concurrency:
  group: deploy-production
  queue: max
  cancel-in-progress: false

permissions:
  contents: read
  deployments: write

jobs:
  deploy:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    # Holds the secrets, and may ask for an approval.
    environment:
      name: production
      url: \${{ steps.deploy.outputs.url }}
    steps:
      - uses: actions/checkout@v5
      - uses: org/restaurant-deploy@v1
        id: deploy
        with:
          ssh-key: \${{ secrets.SSH_KEY }}
          ssh-known-hosts: \${{ vars.SSH_KNOWN_HOSTS }}
          secrets: \${{ toJSON(secrets) }}
      - if: always() && steps.deploy.outputs.metrics != ''
        uses: actions/upload-artifact@v4
        with:
          name: deploy-metrics
          path: \${{ steps.deploy.outputs.metrics }}
`,
  rollback: `# The way back, by hand: Actions -> rollback -> Run workflow.
name: rollback
on:
  workflow_dispatch:
    inputs:
      what:
        description: What to do
        type: choice
        options: [roll back, list the releases]
        default: roll back
      release:
        description: The release to go back to, as the list names it; empty for the last good one
        required: false
        type: string
      environment:
        description: The environment
        type: environment
        default: production
        required: true

# The same group as the deploys: the two never run at once, and none of them pushes the other aside.
concurrency:
  group: deploy-\${{ inputs.environment }}
  queue: max
  cancel-in-progress: false

permissions:
  contents: read
  deployments: write

jobs:
  rollback:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    environment: \${{ inputs.environment }}
    steps:
      # For deploy.yml; the release itself is on the server.
      - uses: actions/checkout@v5
      - uses: org/restaurant-deploy@v1
        with:
          # The list is in the summary of the run.
          command: \${{ inputs.what == 'list the releases' && 'status' || 'rollback' }}
          environment: \${{ inputs.environment }}
          release: \${{ inputs.release }}
          ssh-key: \${{ secrets.SSH_KEY }}
          ssh-known-hosts: \${{ vars.SSH_KNOWN_HOSTS }}
          secrets: \${{ toJSON(secrets) }}
`,
  previews: `# Each pull request gets the app at its own address; it goes when the pull request is closed. deploy.yml needs the section preview.
name: previews
on:
  pull_request:
    types: [opened, synchronize, reopened, closed]
  # For the pull request of a fork, which has no secrets: read its code first.
  workflow_dispatch:
    inputs:
      pull-request:
        description: Number of the pull request
        required: true
        type: string
  # What no run saw the end of, and what is too old.
  schedule:
    - cron: "17 3 * * *"

# One change of a preview at a time. None is cancelled half-way: the next one waits.
concurrency:
  group: preview-\${{ github.event.pull_request.number || inputs.pull-request || 'prune' }}
  cancel-in-progress: false

permissions:
  contents: read
  deployments: write
  pull-requests: write

jobs:
  preview:
    if: github.event_name != 'schedule'
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v5
        with:
          # By hand: the code of the pull request, not of the branch that the run stands on.
          ref: \${{ inputs.pull-request && format('refs/pull/{0}/head', inputs.pull-request) || '' }}
      - uses: org/restaurant-deploy@v1
        with:
          # Of a pull request that is closed it is the end.
          command: preview
          pull-request: \${{ inputs.pull-request }}
          ssh-key: \${{ secrets.PREVIEW_SSH_KEY }}
          ssh-known-hosts: \${{ vars.SSH_KNOWN_HOSTS }}
          secrets: \${{ toJSON(secrets) }}

  prune:
    if: github.event_name == 'schedule'
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v5
      - uses: org/restaurant-deploy@v1
        with:
          command: prune
          ssh-key: \${{ secrets.PREVIEW_SSH_KEY }}
          ssh-known-hosts: \${{ vars.SSH_KNOWN_HOSTS }}
`,
} as const;
