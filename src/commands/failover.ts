import { BaseCommand } from '../cli/base-command.ts';
import { runSwitch } from '../cli/switch-command.ts';
import { switchFlags } from '../cli/switch-flags.ts';
import type { SwitchResult } from '../failover/switch.ts';

export default class Failover extends BaseCommand {
  static override summary = 'Switch the roles of master and slave in the configuration file.';
  static override description =
    'For the day on which the master cannot be used: the slave becomes the master, in the file alone. Buckets and replication rules stay as they are; it says what to do about them. Refuses while the new master is not versioned, where there is no snapshot of it, or where objects of the old one have not come over. A copy of the file stays beside it.';
  static override examples = ['<%= config.bin %> failover --dry-run', '<%= config.bin %> failover'];

  static override flags = switchFlags;

  async run(): Promise<SwitchResult> {
    const { flags } = await this.parse(Failover);
    return this.inContext(flags, (context) => runSwitch('failover', flags, context));
  }
}
