import { BaseCommand } from '../../cli/base-command.ts';
import { oneSet } from '../../cli/context.ts';
import { endInPart } from '../../cli/end-in-part.ts';
import { rebuildCatalogue, type RebuildResult } from '../../snapshots/rebuild.ts';
import { countOf } from '../../ui/format.ts';

export default class CatalogueRebuild extends BaseCommand {
  static override summary = 'Make the catalogue anew from the manifests.';
  static override description =
    'For a catalogue.sqlite that is damaged: it is moved away, not removed. A lost one needs no command, as every command makes it anew. Snapshots whose manifests are lost are forgotten; what they alone needed stays in the bucket. Exit code 3: a manifest cannot be read.';
  static override examples = ['<%= config.bin %> catalogue rebuild'];

  async run(): Promise<RebuildResult> {
    const { flags } = await this.parse(CatalogueRebuild);
    return this.inContext(flags, async (context) => {
      const set = oneSet(context.config, flags.set);
      const result = await rebuildCatalogue(set.snapshotsDir, context.clock);
      context.report(render(result));
      if (result.damaged.length > 0) endInPart();
      return result;
    });
  }
}

function render({ snapshots, damaged, forgotten, movedTo }: RebuildResult): string {
  const lines = damaged.map(({ message }) => `Damaged: ${message}`);
  for (const name of forgotten) lines.push(`Forgotten: ${name}, which has no manifest`);
  if (movedTo !== null) lines.push(`The damaged catalogue is now ${movedTo}`);
  lines.push(`The catalogue has ${countOf(snapshots, 'snapshot')}.`);
  return lines.join('\n');
}
