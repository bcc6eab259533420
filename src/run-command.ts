import { build } from './deploy/build.ts';
import type { Context } from './deploy/context.ts';
import { deploy, type Part } from './deploy/deploy.ts';
import { monitoring } from './deploy/monitoring.ts';
import { plan } from './deploy/plan.ts';
import { preview, prune } from './deploy/preview.ts';
import { remove } from './deploy/remove.ts';
import { report } from './deploy/report.ts';
import { rollback } from './deploy/rollback.ts';
import { status } from './deploy/status.ts';
import type { Steps } from './deploy/steps.ts';
import { unlock } from './deploy/unlock.ts';
import type { Inputs } from './inputs.ts';
import { openPullsOf } from './tell.ts';

/** What a command does. */
export function commandOf(inputs: Inputs): (context: Context, steps: Steps) => Promise<Part> {
  switch (inputs.command) {
    case 'deploy':
      return deploy;
    case 'build':
      return build;
    case 'rollback':
      return (context, steps) => rollback(context, steps, inputs.release);
    case 'preview':
      return preview;
    case 'remove':
      return remove;
    case 'prune':
      return (context, steps) => prune(context, steps, () => openPullsOf(inputs));
    case 'status':
      return status;
    case 'unlock':
      return unlock;
    case 'monitoring':
      return (context, steps) => monitoring(context, steps, inputs.monitoring);
    case 'plan':
      return plan;
    case 'report':
      return (context, steps) => report(context, steps, inputs.periodMs);
  }
}
