/**
 * The bodies that webhooks take. Slack: "Sending messages using incoming webhooks". MS Teams: "Create incoming webhooks with Workflows",
 * whose trigger takes a message with one Adaptive Card as attachment; cards of version 1.4 show everywhere.
 */
import type { WebhookFormat } from '../config/config.ts';
import type { Message } from './message.ts';

export const bodyOf: Record<WebhookFormat, (message: Message) => unknown> = {
  json: (message) => ({ program: 'backup-my-bucket', ...message }),
  slack: (message) => ({
    text: [`*${slackText(message.title)}*`, ...message.lines.map(slackText)].join('\n'),
  }),
  teams: (message) => ({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { ...block(message.title), weight: 'Bolder', size: 'Medium', color: colours[message.event] },
            ...message.lines.map(block),
            { type: 'FactSet', facts: factsOf(message) },
          ],
        },
      },
    ],
  }),
};

const colours = { failure: 'Attention', overdue: 'Warning', success: 'Good' } as const;

function block(text: string): Record<string, unknown> {
  return { type: 'TextBlock', text, wrap: true };
}

function factsOf({ set, command, host, exitCode, newestSnapshot, time }: Message): unknown[] {
  const facts = { Set: set, Command: command, Host: host, 'Exit code': String(exitCode), Time: time };
  return Object.entries({ ...facts, 'Newest snapshot': newestSnapshot ?? 'none' }).map(([title, value]) => ({
    title,
    value,
  }));
}

/** Slack's three control characters. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
