import { BaseCommand } from '../cli/base-command.ts';
import { runSwitch } from '../cli/switch-command.ts';
import { switchFlags } from '../cli/switch-flags.ts';
import type { SwitchResult } from '../failover/switch.ts';

export default class Failback extends BaseCommand {
  static override summary = 'Switch the roles of master and slave back after a failover.';
  static override description =
    'With the same checks the other way round: whatever has been written since the failover must have come to the bucket that becomes the master again. A copy of the file stays beside it.';
  static override examples = ['<%= config.bin %> failback --dry-run', '<%= config.bin %> failback'];

  static override flags = switchFlags;

  async run(): Promise<SwitchResult> {
    const { flags } = await this.parse(Failback);
    return this.inContext(flags, (context) => runSwitch('failback', flags, context));
  }
}
